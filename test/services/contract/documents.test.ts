/** docs/contract, as it is committed, and read by a validator that knows nothing of ours. */
import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contractDocuments } from '../../../services/contract/documents.ts';
import { isReading, METRIC_FIELDS, METRICS, ROUNDING } from '../../../services/contract/reading.ts';
import { isTime, TIME_PATTERN } from '../../../services/contract/time.ts';
import { batch, reading, record } from '../detector/support/batch.ts';
import { harness, published } from '../detector/support/harness.ts';

const PROJECT = resolve(import.meta.dirname, '../../..');
const fileOf = (name: string) => `docs/contract/${name}`;
const documents = contractDocuments();
const validator = (name: string): ValidateFunction =>
  // The pattern is stricter than the format.
  new Ajv({
    strict: true,
    allowUnionTypes: true,
    strictRequired: false,
    formats: { 'date-time': true },
  }).compile(documents[name] ?? {});

describe('docs/contract', () => {
  it.each(Object.entries(documents))(
    '%s is that of the contract; `npx vitest run test/services/contract -u` writes it anew',
    async (name, document) => {
      const formatted = execFileSync(
        'node_modules/.bin/biome',
        ['format', `--stdin-file-path=${fileOf(name)}`],
        {
          cwd: PROJECT,
          input: JSON.stringify(document),
          encoding: 'utf8',
        },
      );
      await expect(formatted).toMatchFileSnapshot(resolve(PROJECT, fileOf(name)));
    },
  );

  it('every reference of asyncapi.json leads somewhere', () => {
    const document = documents['asyncapi.json'];
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(
      ([, path]) => path ?? '',
    );
    expect(references.length).toBeGreaterThan(8);
    for (const path of references) {
      if (path.startsWith('./')) expect(Object.keys(documents)).toContain(path.slice(2));
      else {
        const target = path
          .slice(2)
          .split('/')
          .reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], document);
        expect(target, path).toBeDefined();
      }
    }
  });
});

const GOOD = reading('10:00:00');

describe('the schema of a reading', () => {
  const isValid = validator('reading.schema.json');
  const value = fc.oneof(
    fc.constantFrom<unknown>(0, -1, 100, 101, 100.5, 1.5, 2 ** 53, null, '', 'a b', '7', true, [], {}),
    fc.constantFrom(
      '2026-01-31T10:00:00Z',
      '2026-01-31 10:00:00.5+05:30',
      '2026-01-31T10:00:00',
      '2026-01-31 10',
    ),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.stringMatching(
      /^\d{4}-[01]\d-[0-3]\d[Tt ][0-2]\d:[0-6]\d:[0-6]\d(\.\d{0,10})?([Zz]|[+-][01]\d:[0-6]\d)$/,
    ),
    fc.jsonValue(),
  );
  const almost = fc
    .array(fc.tuple(fc.constantFrom(...Object.keys(GOOD), 'extra'), fc.option(value, { nil: undefined })), {
      maxLength: 5,
    })
    .map((changes) => JSON.parse(JSON.stringify({ ...GOOD, ...Object.fromEntries(changes) })));

  /** What no schema says, and what it asks for more strictly: the calendar, and rounding. */
  const isBeyond = (candidate: Record<string, unknown>) => {
    const { timestamp, timestamp_sent: sent } = candidate;
    const isOddDay = (text: unknown) => typeof text === 'string' && !isTime(`${text.slice(0, 10)}T00:00:00Z`);
    const oddYear = typeof timestamp === 'string' && TIME_PATTERN.test(timestamp) && !isTime(timestamp);
    const rounded = METRICS.some((metric) => {
      const { min, max } = METRIC_FIELDS[metric].range;
      const given = candidate[metric];
      return (
        typeof given === 'number' &&
        ((given > max && given <= max + ROUNDING) || (given < min && given >= min - ROUNDING))
      );
    });
    const unsafe = Number.isInteger(candidate.seq) && !Number.isSafeInteger(candidate.seq);
    return isOddDay(timestamp) || isOddDay(sent) || oddYear || rounded || unsafe;
  };

  it('is read as the detector reads lines', () => {
    fc.assert(
      fc.property(almost, (candidate) => {
        fc.pre(!isBeyond(candidate));
        expect({ candidate, valid: isValid(candidate) }).toEqual({ candidate, valid: isReading(candidate) });
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    [{ cpu: null, ram: null, hd: null }, true],
    [{ temperature: null, cpu: null, ram: null, hd: null }, false],
    [{ temperature: undefined, cpu: undefined, ram: undefined, hd: undefined }, false],
    [{ timestamp: '2026-01-31T10:00:00.123456+05:30' }, true],
    [{ timestamp: '2026-01-31T10:00:00' }, false],
    [{ cpu: '20' }, false],
    [{ firmware: { version: 2 } }, true],
  ])('%j: %s', (changes, valid) => {
    expect(isValid(JSON.parse(JSON.stringify({ ...GOOD, ...changes })))).toBe(valid);
  });
});

describe('the schemas of what goes out', () => {
  it('fit what the detector publishes', async () => {
    const { detector, aws, reported } = harness();
    await detector(batch([record([reading('10:00:00', { temperature: 95 })]), record('{"device_id":"x"}')]));
    const alerts = published(aws);
    expect(alerts).toHaveLength(1);
    const [isAlert, isRefusal] = [validator('alert.schema.json'), validator('refusal.schema.json')];
    for (const alert of alerts) expect(isAlert(alert), JSON.stringify(isAlert.errors)).toBe(true);
    expect(reported).toHaveLength(1);
    for (const one of reported)
      expect(isRefusal(JSON.parse(JSON.stringify(one))), JSON.stringify(isRefusal.errors)).toBe(true);
  });
});
