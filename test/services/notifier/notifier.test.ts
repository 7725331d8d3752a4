import { describe, expect, it } from 'vitest';
import type { Alert } from '../../../services/contract/alert.ts';
import type { Channel } from '../../../services/contract/channel.ts';
import type { Request } from '../../../services/notifier/format/request.ts';
import { createNotifier, type NotifierParts } from '../../../services/notifier/notifier.ts';
import { CLAIM_MS, createSentLog } from '../../../services/notifier/sent-log.ts';
import { tryChannel } from '../../../services/notifier/try-channel.ts';
import { alert, digest } from './support/alerts.ts';
import { fakeTable } from './support/fake-table.ts';

const PAGER: Channel = { kind: 'pagerduty', url: 'https://pager.example/enqueue', key: 'SECRET', filter: {} };
const SLACK: Channel = { kind: 'slack', url: 'https://slack.example/SECRET', filter: {} };
const firing = alert({ severity: 'warning' });
const escalated = alert({ status: 'escalated', severity: 'critical' });
const resolved = alert({ status: 'resolved' });

/** One stack over many invocations, with a receiver that keeps what it gets. */
function world(channels: Record<string, Channel> = { pager: PAGER }) {
  const got: { to: string; body: { event_action?: string; dedup_key?: string; text?: string } }[] = [];
  const logged: unknown[] = [];
  const untold: number[] = [];
  const state = { nowMs: 0, damaged: [] as string[] };
  /** What happens to the next requests, before they arrive or after. */
  const faults: ('before' | 'after' | 'crash' | undefined)[] = [];
  const table = fakeTable();
  const sentLog = createSentLog(table, 'sent', () => state.nowMs);
  const named = Object.entries(channels).map(([name, channel]) => ({ name, channel }));
  const parts: NotifierParts = {
    channels: async () => ({ channels: named, damaged: state.damaged }),
    sentLog,
    async post({ url, body }: Request) {
      const fault = faults.shift();
      if (fault === 'before') throw new Error('answered 503');
      got.push({ to: new URL(url).host, body: JSON.parse(body) });
      // The environment is gone: nothing after this line runs.
      if (fault === 'crash') return new Promise<never>(() => {});
      if (fault === 'after') throw new Error('no answer (TimeoutError)');
      return 202;
    },
    whereabouts: {
      ...{ stack: 'Streamwatch', region: 'eu-central-1', workGroup: 'team' },
      ...{ dashboard: undefined, page: undefined, localFlags: '--local' },
    },
    logger: () => ({ info: (...line) => void logged.push(line), error: (...line) => void logged.push(line) }),
    countUntold: (channels) => void untold.push(channels),
    now: () => state.nowMs,
  };
  const notify = createNotifier(parts);
  return {
    ...{ got, logged, untold, faults, state, parts },
    tell: (...alerts: (Alert | ReturnType<typeof digest>)[]) =>
      notify({ Records: alerts.map((one) => ({ Sns: { Message: JSON.stringify(one) } })) }),
    /** A minute later, as Lambda tries again. */
    later: () => {
      state.nowMs += 60_000;
    },
    events: () => got.map(({ body }) => `${body.event_action} ${body.dedup_key}`),
  };
}

/** As PagerDuty does: a trigger joins the alert that is open under its key, a resolve without one is nothing. */
function incidentsOf(events: readonly string[]): { opened: string[]; ended: string[] } {
  const open = new Set<string>();
  const incidents = { opened: [] as string[], ended: [] as string[] };
  for (const [action, key = ''] of events.map((event) => event.split(' '))) {
    if (action === 'trigger' && !open.has(key)) incidents.opened.push(key);
    if (action === 'trigger') open.add(key);
    if (action === 'resolve' && open.delete(key)) incidents.ended.push(key);
  }
  return incidents;
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 20));

it('each reminder is told once, and none after the end', async () => {
  const { tell, got, events } = world({ pager: PAGER, slack: SLACK });
  const first = alert({ status: 'reminder', notification_id: 'r-1' });
  const second = alert({ status: 'reminder', notification_id: 'r-2' });
  for (const one of [firing, first, first, second, first]) await tell(one);
  for (const host of ['pager.example', 'slack.example']) {
    expect(got.filter(({ to }) => to === host)).toHaveLength(3);
  }
  await tell(resolved);
  await tell(alert({ status: 'reminder', notification_id: 'r-3' }));
  expect(events().filter((event) => event.startsWith('trigger'))).toHaveLength(3);
});

describe('PagerDuty sees an incident begin once and end once', () => {
  it('although every message comes twice, also at the same time', async () => {
    const { tell, events } = world();
    await tell(firing, firing);
    // Two environments: the one that comes second says so, and Lambda tries again.
    await Promise.allSettled([tell(resolved), tell(resolved)]);
    await tell(resolved);
    expect(events()).toEqual(['trigger i-1', 'resolve i-1']);
  });

  it('although requests fail and Lambda tries again', async () => {
    const { tell, events, faults, later, untold } = world();
    faults.push('before', 'before');
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      await expect(tell(firing)).rejects.toThrow('pager: answered 503');
      later();
    }
    await tell(firing);
    await tell(resolved);
    expect(events()).toEqual(['trigger i-1', 'resolve i-1']);
    // In three of five minutes it is an alarm.
    expect(untold).toEqual([1, 1]);
  });

  it('although the environment dies between sending and noting it: what comes again joins the open alert', async () => {
    const { tell, events, faults, later } = world();
    faults.push('crash');
    void tell(firing);
    await settled();
    // Until its claim lapses, nobody else sends it.
    await expect(tell(firing)).rejects.toThrow('being sent by another invocation');
    expect(CLAIM_MS).toBeLessThan(60_000);
    later();
    await tell(firing);
    await tell(resolved);
    expect(events()).toEqual(['trigger i-1', 'trigger i-1', 'resolve i-1']);
    expect(incidentsOf(events())).toEqual({ opened: ['i-1'], ended: ['i-1'] });
  });

  it('and nothing opens it again after its end: not what is late, not what was retried', async () => {
    const { tell, events, faults, later } = world();
    faults.push('before');
    await expect(tell(firing)).rejects.toThrow();
    await tell(resolved);
    later();
    await tell(firing);
    await tell(escalated);
    expect(events()).toEqual(['resolve i-1']);
    await tell(alert({ incident_id: 'i-2' }));
    expect(events().at(-1)).toBe('trigger i-2');
  });

  it('is told of a higher severity, by a trigger that joins the open alert', async () => {
    const { tell, events } = world();
    for (const one of [firing, escalated, resolved, escalated]) await tell(one);
    expect(events()).toEqual(['trigger i-1', 'trigger i-1', 'resolve i-1']);
    expect(incidentsOf(events())).toEqual({ opened: ['i-1'], ended: ['i-1'] });
  });

  it('for each of a digest, and goes on where it stopped', async () => {
    const { tell, events, faults, later } = world();
    const many = Array.from({ length: 20 }, (_, i) => alert({ incident_id: `i-${i}` }));
    faults.push(...Array.from({ length: 10 }, () => undefined), 'before');
    await expect(tell(digest(many))).rejects.toThrow('pager: answered 503');
    expect(events().length).toBeLessThan(20);
    later();
    await tell(digest(many));
    expect(events().sort()).toEqual(many.map(({ incident_id }) => `trigger ${incident_id}`).sort());
  });
});

describe('several channels', () => {
  it('do not wait for one that is down, and are not told twice because of it', async () => {
    const { tell, got, faults, later } = world({ pager: PAGER, slack: SLACK });
    faults.push('before');
    await expect(tell(firing)).rejects.toThrow(/^Channels were not told: \w+: answered 503$/);
    later();
    await tell(firing);
    expect(got.map(({ to }) => to).sort()).toEqual(['pager.example', 'slack.example']);
  });

  it('get what their filters let through', async () => {
    const { tell, got } = world({ pager: { ...PAGER, filter: { severity: 'critical' } }, slack: SLACK });
    await tell(firing);
    await tell(escalated);
    expect(got.map(({ to }) => to).sort()).toEqual(['pager.example', 'slack.example', 'slack.example']);
  });

  it('of which one is damaged are told, and the damage is a failure that somebody sees', async () => {
    const { tell, events, state } = world();
    state.damaged.push('broken');
    await expect(tell(firing)).rejects.toThrow('broken: not a channel');
    expect(events()).toEqual(['trigger i-1']);
  });

  it('leave no secret in a log or an error', async () => {
    const { tell, logged, faults } = world({ pager: PAGER, slack: SLACK });
    faults.push('before', 'after');
    const error = await tell(firing).catch((reason: Error) => reason.message);
    expect(error).toMatch(/pager: .*slack: /);
    expect(JSON.stringify([logged, error])).not.toMatch(/SECRET|example/);
  });
});

describe('a test of a channel', () => {
  it('opens an incident and ends it, and says what was answered', async () => {
    const { parts, events } = world();
    expect(await tryChannel('pager', parts)).toEqual({ answers: [202, 202] });
    const [opened, ended] = events();
    expect(opened).toMatch(/^trigger test-/);
    expect(ended).toBe(opened?.replace('trigger', 'resolve'));
  });

  it('says what is wrong', async () => {
    const { parts, faults } = world();
    faults.push('before');
    expect(await tryChannel('pager', parts)).toEqual({ answers: [], problem: 'answered 503' });
    expect(await tryChannel('nobody', parts)).toMatchObject({ problem: 'there is no such channel' });
  });
});
