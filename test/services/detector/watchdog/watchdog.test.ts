import { Metrics } from '@aws-lambda-powertools/metrics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Alert } from '../../../../services/contract/alert.ts';
import { parseRules } from '../../../../services/contract/rule.ts';
import { toFrontItem } from '../../../../services/detector/presence.ts';
import { batch, clock, reading, record } from '../support/batch.ts';
import { type FakeAws, fakeAws } from '../support/fake-aws.ts';
import { BATCH_SIZE, harness, published, rules } from '../support/harness.ts';
import { watchdogOn } from '../support/watchdog.ts';

const MINUTE = 60_000;
const SITE_SILENT = {
  ...{ name: 'site-silent', kind: 'silent', of: 'site', for: '5m' },
  severity: [{ severity: 'critical' }],
};

/** The watchdog in virtual time, and a table in which sites note how far they have come. */
function open(change: object = {}, aws: FakeAws = fakeAws()) {
  let nowMs = clock('12:00:00');
  const now = () => nowMs;
  const version = new Map<string, number>();
  const emitted: Record<string, unknown>[] = [];
  const metrics = new Metrics({ namespace: 'Test', serviceName: 'detector' });
  const log = (text: string) => void emitted.push(JSON.parse(text) as Record<string, unknown>);
  Object.assign(metrics, { console: { log } });
  const ofRules = parseRules({ rules: [{ ...SITE_SILENT, ...change }] });
  const create = () => watchdogOn(aws, ofRules, now, metrics);
  let watchdog = create();
  return {
    ...{ aws, emitted, now },
    /** A site has come as far as this, by its readings' times. */
    note(siteId: string, atMs: number, devices = 3) {
      version.set(siteId, (version.get(siteId) ?? 0) + 1);
      const front = new Date(atMs).toISOString();
      const item = toFrontItem({ siteId, version: version.get(siteId) ?? 1, front, devices });
      aws.items.set(`${siteId}/#front`, item);
    },
    tick: () => watchdog(),
    /** Each minute: what happens then, and a look. */
    async minutes(count: number, before: (minute: number, nowMs: number) => void = () => {}) {
      for (let minute = 0; minute < count; minute += 1) {
        before(minute, nowMs);
        await watchdog();
        nowMs += MINUTE;
      }
    },
    pass(ms: number) {
      nowMs += ms;
    },
    restart() {
      watchdog = create();
    },
  };
}

const told = (alerts: readonly Alert[]) =>
  alerts.map(({ status, site_id, device_id, severity }) => `${status} ${severity} ${site_id} ${device_id}`);

describe('a site that is silent while others speak', () => {
  it('is one incident, told once, and resolved when the site is heard again', async () => {
    const { aws, note, minutes, emitted } = open();
    const lastHeard = clock('11:59:00');
    note('north', lastHeard, 40);
    await minutes(6, (_, nowMs) => note('south', nowMs));
    expect(published(aws)).toEqual([]);
    await minutes(21, (_, nowMs) => note('south', nowMs));
    const [firing] = published(aws);
    expect(told(published(aws))).toEqual(['firing critical north *']);
    expect(firing).toMatchObject({
      ...{ kind: 'silent', metric: null, operator: 'silent', threshold: '5m', value: 420 },
      ...{ started_at: new Date(lastHeard).toISOString(), at: new Date(clock('12:06:00')).toISOString() },
      summary: 'Site silent on north: silent for 7 min, other sites speak; 40 devices there',
    });
    await minutes(2, (_, nowMs) => {
      note('south', nowMs);
      note('north', nowMs);
    });
    expect(told(published(aws))).toEqual(['firing critical north *', 'resolved critical north *']);
    expect(published(aws)[1]).toMatchObject({
      incident_id: firing?.incident_id,
      summary: expect.stringContaining('heard again, silent for 28 min'),
    });
    expect(emitted.flatMap(({ IncidentsOpened: n = [] }) => n)).toEqual([1]);
    expect(emitted.flatMap(({ IncidentsResolved: n = [] }) => n)).toEqual([1]);
    expect(aws.refused).toEqual([]);
  });

  it('is told whatever its clock shows, once it has stopped', async () => {
    const { aws, note, minutes } = open();
    const behind = 3 * 3_600_000;
    await minutes(30, (minute, nowMs) => {
      note('south', nowMs);
      // Every two minutes, as the detector notes it.
      if (minute < 15 && minute % 2 === 0) note('north', nowMs - behind);
    });
    expect(told(published(aws))).toEqual(['firing critical north *']);
    expect(published(aws)[0]?.at).toBe(new Date(clock('12:17:00')).toISOString());
  });

  it('is given up after a while, and told of no more', async () => {
    const { aws, note, minutes } = open({ forgetAfter: '30m' });
    note('north', clock('12:00:00'));
    await minutes(90, (_, nowMs) => note('south', nowMs));
    expect(told(published(aws))).toEqual(['firing critical north *', 'resolved critical north *']);
    expect(published(aws)[1]?.summary).toContain('given up');
  });

  it('is given up with its last device, and not missed before it is heard again', async () => {
    const { aws, note, minutes } = open();
    const lastHeard = clock('12:00:00');
    note('north', lastHeard);
    note('west', lastHeard, 0);
    // West had none left before anybody missed it.
    await minutes(20, (_, nowMs) => note('south', nowMs));
    expect(told(published(aws))).toEqual(['firing critical north *']);
    note('north', lastHeard, 0);
    await minutes(30, (_, nowMs) => note('south', nowMs));
    expect(told(published(aws))).toEqual(['firing critical north *', 'resolved critical north *']);
    expect(published(aws)[1]?.summary).toContain('given up');
    note('north', clock('12:50:00'), 1);
    await minutes(20, (_, nowMs) => note('south', nowMs));
    expect(told(published(aws)).slice(2)).toEqual(['firing critical north *']);
  });

  it('is not suspected any more once its last device is forgotten', async () => {
    const { aws, note, minutes } = open();
    note('north', clock('12:00:00'));
    await minutes(6, (_, nowMs) => note('south', nowMs));
    note('north', clock('12:00:00'), 0);
    await minutes(30, (_, nowMs) => note('south', nowMs));
    expect(published(aws)).toEqual([]);
  });

  it('is not looked at where the selector leaves it out', async () => {
    const { aws, note, minutes } = open({ selector: { sites: ['s*'] } });
    note('north', clock('12:00:00'));
    await minutes(20, (_, nowMs) => note('south', nowMs));
    expect(published(aws)).toEqual([]);
  });
});

describe('nobody is silent', () => {
  it('where every site notes its front every two minutes', async () => {
    const { aws, note, minutes } = open();
    await minutes(60, (minute, nowMs) => note(minute % 2 === 0 ? 'north' : 'south', nowMs - 20_000));
    expect(published(aws)).toEqual([]);
    // And nothing was written.
    expect(aws.calls.PutItem).toBe(0);
  });

  it('while the whole stream stands still, nor when shards catch up at different speeds', async () => {
    const { aws, note, minutes } = open();
    const sites = ['a', 'b', 'c', 'd'];
    await minutes(5, (_, nowMs) => {
      for (const site of sites) note(site, nowMs);
    });
    const stoppedAt = clock('12:04:00');
    await minutes(30);
    expect(published(aws)).toEqual([]);
    await minutes(30, (minute, nowMs) => {
      note('a', nowMs);
      note('b', nowMs);
      // The slow shard comes two minutes further in each.
      for (const site of ['c', 'd']) note(site, Math.min(nowMs, stoppedAt + (minute + 1) * 2 * MINUTE));
    });
    expect(published(aws)).toEqual([]);
  });

  it('because of a clock that is ahead', async () => {
    const { aws, note, minutes } = open();
    await minutes(30, (_, nowMs) => {
      note('ahead', nowMs + 4.9 * MINUTE);
      note('north', nowMs);
    });
    expect(aws.calls.PutItem).toBe(0);
  });

  it('whatever the sites do, as long as each comes further within two minutes', async () => {
    const offsets = fc.array(fc.integer({ min: 0, max: 7200 }), { minLength: 1, maxLength: 5 });
    const law = fc.asyncProperty(offsets, fc.infiniteStream(fc.boolean()), async (behind, isLate) => {
      const { aws, note, minutes } = open();
      const heard = new Map<number, number>();
      await minutes(30, (minute, nowMs) => {
        for (const [i, seconds] of behind.entries()) {
          const last = heard.get(i);
          if (last !== undefined && minute - last < 2 && isLate.next().value) continue;
          heard.set(i, minute);
          note(`site-${i}`, nowMs - seconds * 1000);
        }
      });
      expect(published(aws)).toEqual([]);
    });
    await fc.assert(law, { numRuns: 30 });
  });
});

describe('failures', () => {
  it.each([
    ['PutItem', 'before'],
    ['PutItem', 'after'],
    ['Publish', 'before'],
    ['Query', 'before'],
  ] as const)('at any %s, %s it takes effect, change nothing in what is told', async (call, when) => {
    const { aws, note, minutes, tick, restart, pass, now } = open();
    note('north', clock('11:59:00'));
    let calls = 0;
    for (let minute = 0; minute < 30; minute += 1) {
      note('south', now());
      if (minute > 15) note('north', now());
      // The first call of its kind in each minute fails, and the environment ends.
      calls = 0;
      aws.fault = (name) => {
        calls += name === call ? 1 : 0;
        return minute % 2 === 0 && name === call && calls === 1 ? when : undefined;
      };
      await tick().catch(() => undefined);
      restart();
      pass(MINUTE);
    }
    aws.fault = () => undefined;
    await minutes(2, (_, nowMs) => {
      note('south', nowMs);
      note('north', nowMs);
    });
    expect(told(published(aws))).toEqual(['firing critical north *', 'resolved critical north *']);
  });

  it('at one site hold up no other, and are said', async () => {
    const { aws, note, tick, pass, now } = open();
    note('north', clock('11:59:00'));
    const odd = { site_id: { S: 'odd' }, device_rule: { S: '#front' }, presence: { S: 'front' } };
    aws.items.set('odd/#front', odd);
    for (let minute = 0; minute < 10; minute += 1) {
      note('south', now());
      await expect(tick()).rejects.toThrow('Presence of site odd: expected front to be a string');
      pass(MINUTE);
    }
    expect(told(published(aws))).toEqual(['firing critical north *']);
  });

  it('that leave something undone are an error, so that an alarm sees them', async () => {
    const { aws, note, minutes, tick } = open();
    note('north', clock('11:59:00'));
    await minutes(6, (_, nowMs) => note('south', nowMs));
    aws.fault = (call) => (call === 'Query' ? undefined : 'before');
    note('south', clock('12:30:00'));
    await expect(minutes(4, (_, nowMs) => note('south', nowMs))).rejects.toThrow('Left for the next minute');
    aws.fault = () => 'before';
    await expect(tick()).rejects.toThrow();
  });
});

describe('alerts that wait for a turn', () => {
  const HOT = { temperature: 95 };
  const isListed = (aws: FakeAws) => aws.items.get('#waiting/north')?.listed?.N !== '0';

  /** A full batch whose alerts get no turn: the shard is behind. */
  async function passOver(aws: FakeAws) {
    const { detector } = harness(rules({}), aws, { take: async () => undefined });
    const records = Array.from({ length: BATCH_SIZE }, (_, i) =>
      record([reading(`10:00:0${i}`, { site_id: 'north', device_id: 'pump-1', ...HOT })]),
    );
    expect(await detector(batch(records))).toEqual({ batchItemFailures: [] });
  }

  it('are told by the watchdog where the site says nothing more, once', async () => {
    const { aws, minutes } = open();
    await passOver(aws);
    expect(published(aws)).toEqual([]);
    await minutes(2);
    expect(published(aws)).toEqual([]);
    await minutes(3);
    expect(told(published(aws))).toEqual(['firing warning north pump-1']);
    expect(isListed(aws)).toBe(false);
  });

  it('stay listed until they are told', async () => {
    const { aws, minutes, tick } = open();
    await passOver(aws);
    await minutes(2);
    aws.fault = (call) => (call === 'Publish' ? 'before' : undefined);
    await expect(tick()).rejects.toThrow('north');
    expect(isListed(aws)).toBe(true);
    aws.fault = () => undefined;
    await minutes(2);
    expect(told(published(aws))).toEqual(['firing warning north pump-1']);
    expect(isListed(aws)).toBe(false);
  });

  it('are told even where nobody can say how far the sites have come', async () => {
    const { aws, pass, tick } = open();
    await passOver(aws);
    pass(2 * MINUTE);
    aws.fault = (_, input) => (JSON.stringify(input).includes('fronts') ? 'before' : undefined);
    await expect(tick()).rejects.toThrow('Left for the next minute: sites');
    expect(told(published(aws))).toEqual(['firing warning north pump-1']);
  });

  it('make their batch come again where they cannot be listed', async () => {
    const aws = fakeAws();
    aws.fault = (call, input) =>
      call === 'PutItem' && JSON.stringify(input).includes('#waiting') ? 'before' : undefined;
    await expect(passOver(aws)).rejects.toThrow();
  });

  it('stay listed where the site is listed again meanwhile', async () => {
    const { aws, minutes } = open();
    await passOver(aws);
    await minutes(2);
    const item = aws.items.get('#waiting/north') ?? {};
    aws.fault = (call) => {
      if (call === 'Publish') aws.items.set('#waiting/north', { ...item, listed: { N: '1' } });
      return undefined;
    };
    await minutes(1);
    expect(isListed(aws)).toBe(true);
  });
});
