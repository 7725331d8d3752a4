/** The template's own jq queries, run by a real jq. */
import { raw } from 'jq-wasm';
import { describe, expect, it } from 'vitest';
import { formatSentHour, SENT_HOUR_PATTERN } from '../../../services/contract/reading.ts';
import { synthesize } from './support/synth.ts';

interface Processor {
  Type: string;
  Parameters: { ParameterName: string; ParameterValue: string }[];
}

const queries = synthesize()
  .all('AWS::KinesisFirehose::DeliveryStream')
  .map(([, { Properties }]) => {
    const { Processors } = Properties.ExtendedS3DestinationConfiguration.ProcessingConfiguration;
    const extraction = (Processors as Processor[]).find(({ Type }) => Type === 'MetadataExtraction');
    const parameter = (name: string) =>
      extraction?.Parameters.find(({ ParameterName }) => ParameterName === name)?.ParameterValue;
    expect(parameter('JsonParsingEngine')).toBe('JQ-1.6');
    return parameter('MetadataExtractionQuery') ?? '';
  });

describe.each(queries)('partition query', (query) => {
  const partition = async (line: string) => JSON.parse(await raw(line, query, ['-c']));

  it.each([
    ['2026-01-31 09', { dt: '2026-01-31', hour: '09' }],
    ['2024-01-01 00', { dt: '2024-01-01', hour: '00' }],
    ['2100-01-01 00', { dt: '2100-01-01', hour: '00' }],
    ['2024-02-29 00', { dt: '2024-02-29', hour: '00' }],
    [formatSentHour(Date.UTC(2030, 11, 31, 23, 59)), { dt: '2030-12-31', hour: '23' }],
  ])('puts %s into its hour', async (sent, expected) => {
    expect(sent).toMatch(SENT_HOUR_PATTERN);
    expect(await partition(JSON.stringify({ device_id: 'd', timestamp_sent: sent }))).toEqual(expected);
  });

  it.each([
    ['no such field', '{}'],
    ['null', '{"timestamp_sent":null}'],
    ['a number', '{"timestamp_sent":2026}'],
    ['an object', '{"timestamp_sent":{"x":1}}'],
    ['another format', '{"timestamp_sent":"2026-01-31T09:00:00.000Z"}'],
    ['no leading zeros', '{"timestamp_sent":"2026-1-31 9"}'],
    ['an hour 24', '{"timestamp_sent":"2026-01-31 24"}'],
    ['a month 13', '{"timestamp_sent":"2026-13-01 09"}'],
    ['a day 00', '{"timestamp_sent":"2026-01-00 09"}'],
    ['something before it', '{"timestamp_sent":"x\\n2026-01-31 09"}'],
    ['something behind it', '{"timestamp_sent":"2026-01-31 09\\nx"}'],
    ['digits of another script', '{"timestamp_sent":"\uff12026-01-31 09"}'],
    ['a path', '{"timestamp_sent":"../../../../../"}'],
    ['an empty text', '{"timestamp_sent":""}'],
    ['no object', '"2026-01-31 09"'],
    ['a clock that was never set', '{"timestamp_sent":"1970-01-01 00"}'],
    ['the last hour before the tables begin', '{"timestamp_sent":"2023-12-31 23"}'],
    ['the last year of four digits', '{"timestamp_sent":"9999-12-31 23"}'],
    ['an array', '["2026-01-31 09"]'],
    ['null for a line', 'null'],
    ['half a line', '{"timestamp_sent":"2026-01-3'],
  ])('is an error for %s, so that the line goes to the error prefix', async (_what, line) => {
    await expect(raw(line, query, ['-c'])).rejects.toThrow();
  });
});
