import { describe, expect, it } from 'vitest';
import { changesOf, chosenIn } from '../../../../infra/aws/settings/changes.ts';
import { KNOBS, parseConfig } from '../../../../infra/aws/settings/config.ts';
import { synthesize } from '../support/synth.ts';

type Settings = Record<string, unknown>;
const lines = (from: Settings, to: Settings) =>
  changesOf(parseConfig(from), parseConfig(to)).map(({ text, takesAway }) =>
    takesAway ? `! ${text}` : text,
  );

const [A, B, C] = ['a@example.com', 'b@example.com', 'carl@example.org'];

describe('changes of settings', () => {
  it.each<[Settings, Settings, string[]]>([
    [{}, {}, []],
    [{ shards: 4 }, { shards: 4 }, ['shards: keeps 4']],
    [{ shards: 4 }, { shards: 8 }, ['shards 4 → 8']],
    [{ shards: 4 }, {}, ['! shards 4 → 1 (the stream takes less)']],
    [{}, { alertEmail: [A] }, ['alertEmail: adds 1']],
    [{ alertEmail: [A, B] }, { alertEmail: [B, A] }, ['alertEmail: keeps 2']],
    [
      { alertEmail: [A, C] },
      { alertEmail: [A, B] },
      [
        '! alertEmail: keeps 1, adds 1, removes c…@example.org ' +
          '(no more mails there, and a new confirmation if it comes back)',
      ],
    ],
    [{}, { streamRetentionHours: 168 }, ['streamRetentionHours 24 → 168']],
    [
      { streamRetentionHours: 168 },
      {},
      ['! streamRetentionHours 168 → 24 (the stream deletes what is older, read or not)'],
    ],
    [{}, { lakeRetentionDays: 30 }, ['! lakeRetentionDays 0 → 30 (what is older is deleted from the lake)']],
    [{ lakeRetentionDays: 30 }, {}, ['lakeRetentionDays 30 → 0']],
    [{ edgeHttp: 'on' }, {}, ['! edgeHttp on → off (the API, its address and all tokens are deleted)']],
    [{}, { edgeHttp: 'on' }, ['edgeHttp off → on']],
    [{}, { dashboard: 'off' }, ['! dashboard on → off (the dashboard is deleted)']],
    [{ tracing: 'on' }, {}, ['tracing on → off']],
    [{ maxRetries: 3 }, { maxRetries: 2 }, ['maxRetries 3 → 2']],
    [{ shards: 4 }, { streamMode: 'on-demand' }, ['streamMode provisioned → on-demand']],
    [
      { streamMode: 'on-demand' },
      { shards: 2 },
      ['! streamMode on-demand → provisioned (the stream no longer scales by itself)', 'shards 1 → 2'],
    ],
  ])('from %j to %j', (from, to, expected) => {
    expect(lines(from, to)).toEqual(expected);
  });

  it('show no address whole', () => {
    expect(lines({ operationsEmail: [C] }, {}).join()).not.toContain(C);
  });

  it('of a stack to itself lose nothing, whatever is chosen', () => {
    for (const [name, { example }] of Object.entries(KNOBS)) {
      expect(lines({ [name]: example }, { [name]: example }).filter((line) => line.startsWith('!'))).toEqual(
        [],
      );
    }
  });
});

describe('the template', () => {
  it('remembers what was chosen, and no default', () => {
    expect(chosenIn(parseConfig({ shards: 1, batchSize: 50, alertEmail: A }))).toEqual({
      batchSize: 50,
      alertEmail: [A],
    });
    expect(synthesize({ batchSize: 50 }).metadata).toEqual({ 'streamwatch:settings': { batchSize: 50 } });
  });
});
