import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseNdjson } from '../../../../infra/cli/files.ts';
import { replayHistory } from '../../../../infra/commands/backtest/replay.ts';
import { alertQuery } from '../../../../infra/commands/score/alerts.ts';
import { type Score, type ScoredAlert, score } from '../../../../infra/commands/score/match.ts';
import { scoreTable } from '../../../../infra/commands/score/report.ts';
import { runScore } from '../../../../infra/commands/score/score.ts';
import { parseRules } from '../../../../services/contract/rule.ts';
import {
  type AnomalyKind,
  type TruthEpisode,
  type TruthRun,
  truthLineSchema,
} from '../../../../services/contract/truth.ts';
import { compileRule } from '../../../../services/detector/compile.ts';
import { Fleet } from '../../../../simulator/fleet.ts';
import { episodeTruth } from '../../../../simulator/truth.ts';
import { drain, linesOf, readingsOf, START_MS } from '../../../simulator/support/collect.ts';
import { ALERTS as ALERTS_TABLE, createHarness } from '../../emulator/athena/support/harness.ts';
import { listen } from '../support/listen.ts';
import { serveAthena, writeOutputs } from '../support/local-athena.ts';

const folder = mkdtempSync(join(tmpdir(), 'score-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The time this many seconds after noon. */
const at = (seconds: number) => new Date(Date.UTC(2026, 0, 5, 12, 0, seconds)).toISOString();

const episode = (
  device: number,
  kind: AnomalyKind,
  metric: TruthEpisode['metric'],
  from: number,
  to: number,
): TruthEpisode => ({
  type: 'episode',
  device_id: `dev-${device}`,
  site_id: 'site-1',
  kind,
  metric,
  start: at(from),
  end: at(to),
  readings: to - from,
  magnitude: 40,
});

const alert = (
  incident: string,
  device: number,
  metric: string,
  second: number,
  status: ScoredAlert['status'] = 'firing',
  site = 'site-1',
): ScoredAlert => ({
  ...{ incident_id: incident, status, site_id: site, device_id: `dev-${device}` },
  ...{ metric, at: at(second) },
});

const RUN: TruthRun = {
  type: 'run',
  seed: 1,
  devices: 10,
  sites: [{ site_id: 'site-1', devices: 10 }],
  interval_ms: 1000,
  anomaly_rate: 0.1,
  start: at(0),
  // 10 devices × 8640 s = one device-day.
  end: at(8640),
};

/*
 * Worked out by hand.
 *   spike      dev-1 temperature 100–110  fired at 102          → delay 2 s
 *   spike      dev-2 cpu         100–110  nothing               → missed
 *   spike      dev-3 cpu         100–110  fired at 104 and 108  → delay 4 s, two incidents
 *   sustained  dev-4 ram         200–230  fired at 209          → delay 9 s
 *   stuck      dev-5 hd          300–330  ram fired at 310      → missed; that incident is false
 *   dropout    dev-6 any         400–420  hd fired at 415       → delay 15 s
 *   false: dev-5 ram at 310, dev-7 cpu at 500, dev-1 temperature at 110 (just over)
 *   ignored: an incident from before the run, those of a device of another fleet and of a namesake at another site,
 *   escalations, resolutions, repeats
 */
const EPISODES = [
  episode(1, 'spike', 'temperature', 100, 110),
  episode(2, 'spike', 'cpu', 100, 110),
  episode(3, 'spike', 'cpu', 100, 110),
  episode(4, 'sustained', 'ram', 200, 230),
  episode(5, 'stuck', 'hd', 300, 330),
  episode(6, 'dropout', null, 400, 420),
];
const ALERTS = [
  alert('one', 1, 'temperature', 102),
  alert('one', 1, 'temperature', 102),
  alert('one', 1, 'temperature', 105, 'escalated'),
  alert('one', 1, 'temperature', 112, 'resolved'),
  alert('three', 3, 'cpu', 104),
  alert('three again', 3, 'cpu', 108),
  alert('four', 4, 'ram', 209),
  alert('five', 5, 'ram', 310),
  alert('six', 6, 'hd', 415),
  alert('seven', 7, 'cpu', 500),
  alert('over', 1, 'temperature', 110),
  alert('before', 8, 'cpu', -60),
  alert('before', 8, 'cpu', 5, 'resolved'),
  alert('opened before the alerts begin', 9, 'cpu', 50, 'resolved'),
  alert('another fleet', 11, 'cpu', 100),
  alert('elsewhere', 2, 'cpu', 104, 'firing', 'site-2'),
];
const EXPECTED: Score = {
  kinds: [
    // 3 of spike's incidents against the 3 false ones.
    {
      kind: 'spike',
      episodes: 3,
      detected: 2,
      missed: 1,
      incidents: 3,
      precision: 3 / 6,
      recall: 2 / 3,
      delayMs: { p50: 2000, p95: 4000 },
    },
    {
      kind: 'sustained',
      episodes: 1,
      detected: 1,
      missed: 0,
      incidents: 1,
      precision: 1 / 4,
      recall: 1,
      delayMs: { p50: 9000, p95: 9000 },
    },
    {
      kind: 'stuck',
      episodes: 1,
      detected: 0,
      missed: 1,
      incidents: 0,
      precision: 0,
      recall: 0,
      delayMs: null,
    },
    {
      kind: 'dropout',
      episodes: 1,
      detected: 1,
      missed: 0,
      incidents: 1,
      precision: 1 / 4,
      recall: 1,
      delayMs: { p50: 15_000, p95: 15_000 },
    },
  ],
  total: {
    episodes: 6,
    detected: 4,
    missed: 2,
    incidents: 5,
    precision: 5 / 8,
    recall: 4 / 6,
    delayMs: { p50: 4000, p95: 15_000 },
  },
  falseIncidents: 3,
  deviceDays: 1,
  falsePerDeviceDay: 3,
};

describe('a score', () => {
  it('tells the silence of a site from that of its devices', () => {
    const outage = { ...episode(1, 'outage', null, 100, 700), device_id: '*' };
    const silent = (incident: string, device_id: string, second: number): ScoredAlert => ({
      ...{
        incident_id: incident,
        status: 'firing',
        site_id: 'site-1',
        device_id,
        metric: null,
        at: at(second),
      },
    });
    const dropout = episode(6, 'dropout', null, 400, 720);
    const alerts = [silent('a', '*', 400), silent('b', 'dev-6', 710), silent('c', 'dev-2', 410)];
    const result = score([outage, dropout, episode(2, 'stuck', 'cpu', 400, 500)], RUN, alerts);
    expect(result.kinds.map(({ kind, detected }) => [kind, detected])).toEqual([
      ['stuck', 0],
      ['dropout', 1],
      ['outage', 1],
    ]);
    expect(result.falseIncidents).toBe(1);
  });

  it('is what a calculation by hand gives', () => {
    expect(score(EPISODES, RUN, ALERTS)).toEqual(EXPECTED);
  });

  it('does not depend on the order of the alerts', () => {
    expect(score(EPISODES, RUN, [...ALERTS].reverse())).toEqual(EXPECTED);
  });

  it('of a run without anomalies and alerts has no shares, and no false incident', () => {
    const quiet = score([], RUN, []);
    expect(quiet).toMatchObject({ kinds: [], falseIncidents: 0, falsePerDeviceDay: 0 });
    expect(quiet.total).toMatchObject({ precision: null, recall: null, delayMs: null });
  });

  it('tells the devices of two sites apart, and those of two fleets', () => {
    const twin = { ...episode(2, 'spike', 'cpu', 100, 110), site_id: 'site-2' };
    const run = {
      ...RUN,
      devices: 2,
      sites: [
        { site_id: 'site-1', devices: 1 },
        { site_id: 'site-2', devices: 1 },
      ],
    };
    const fired = (site: string) => [alert('x', 2, 'cpu', 103, 'firing', site)];
    expect(score([twin], run, fired('site-2')).total).toMatchObject({ detected: 1, incidents: 1 });
    expect(score([twin], run, fired('site-1'))).toMatchObject({ falseIncidents: 0, total: { detected: 0 } });
    const ofSeed2 = { ...alert('y', 1, 'cpu', 103), device_id: 'dev-2-1' };
    expect(score([], RUN, [ofSeed2]).falseIncidents).toBe(0);
    expect(score([], { ...RUN, seed: 2 }, [ofSeed2, alert('z', 1, 'cpu', 103)]).falseIncidents).toBe(1);
  });

  it('calls no incident false that belongs to an episode of the warm-up', () => {
    const long = episode(8, 'stuck', 'cpu', 10, 900);
    const late = alert('late', 8, 'cpu', 850);
    const run = { ...RUN, start: at(90) };
    expect(score(EPISODES, run, [...ALERTS, late], [long])).toMatchObject({
      ...{ total: EXPECTED.total, falseIncidents: EXPECTED.falseIncidents },
    });
  });

  it('has no rate without the `run` line', () => {
    const result = score(EPISODES, undefined, ALERTS);
    expect(result).toMatchObject({ deviceDays: null, falsePerDeviceDay: null, falseIncidents: 6 });
    expect(scoreTable(result)).toContain('there is no rate');
  });
});

describe('npm run score', () => {
  const truthFile = (): string => {
    const file = join(folder, 'truth.ndjson');
    writeFileSync(file, [...EPISODES, RUN].map((line) => `${JSON.stringify(line)}\n`).join(''));
    return file;
  };

  async function run(...argv: string[]) {
    const { said, io } = listen();
    const code = await runScore(argv, io, new AbortController().signal);
    return { code, ...said };
  }

  it('reads truth and alerts from files, and prints a table of 80 columns', async () => {
    const alerts = join(folder, 'alerts.ndjson');
    writeFileSync(alerts, ALERTS.map((line) => JSON.stringify(line)).join('\n'));
    const { code, stdout, stderr } = await run('--truth', truthFile(), '--alerts', alerts);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/^spike +3 +2 +1 +50\.0 % +66\.7 % +2\.0 s +4\.0 s$/m);
    expect(stdout).toMatch(/^total +6 +4 +2 +62\.5 % +66\.7 % +4\.0 s +15\.0 s$/m);
    expect(stdout).toContain('3 false incidents in 1.00 device-days: 3.00 per device-day');
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it("asks the stack's table of alerts, and says what it saw there", async () => {
    const harness = createHarness({ tables: [ALERTS_TABLE] });
    const rows = ALERTS.map(
      ({ incident_id, status, site_id, device_id, metric, at: time }) =>
        `('${incident_id}', '${status}', '${site_id}', '${device_id}', '${metric}', '${time}')`,
    );
    await harness.write(
      'alerts/dt=2026-01-05/hour=12/file.parquet',
      `SELECT * FROM (VALUES ${rows.join(', ')}) AS sent(incident_id, status, site_id, device_id, metric, "at")`,
    );
    const served = await serveAthena(harness, { AlertsTableName: 'alerts' });
    const { code, stdout, stderr } = await run(
      ...['--truth', truthFile(), '--local', '--dir', served.dir, '--json'],
    );
    served.close();
    await harness.close();
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringMatching(
        /^15 alerts, the last of 2026-01-05T12:08:20\.000Z, in the lake so far\./,
      ),
    });
    expect(JSON.parse(stdout)).toEqual(EXPECTED);
  });

  /** Four hours of a small fleet with two anomalies, as `simulate --fast` writes them. */
  function simulated(): { truth: string; readings: string } {
    const [truth, readings] = [join(folder, 'known.ndjson'), join(folder, 'readings.ndjson')];
    const lines: unknown[] = [];
    const fleet = new Fleet({
      ...{ seed: 1, devices: 12, devicesPerSite: 4, intervalMs: 5000, durationMs: 4 * 3_600_000 },
      injections: [
        { kind: 'sustained', device: 3, metric: 'temperature', startMs: 600_000, durationMs: 300_000 },
        { kind: 'sustained', device: 7, metric: 'cpu', startMs: 7_200_000, durationMs: 300_000 },
      ],
      onEpisodeEnd: (subject, episode, endMs) => lines.push(episodeTruth(subject, episode, endMs)),
    });
    const text = linesOf(drain(fleet));
    const sites = fleet.sites.map(({ siteId, devices }) => ({ site_id: siteId, devices }));
    const [start, end] = [START_MS, START_MS + 4 * 3_600_000].map((ms) => new Date(ms).toISOString());
    lines.push({ ...RUN, devices: 12, sites, interval_ms: 5000, start, end });
    writeFileSync(truth, lines.map((line) => JSON.stringify(line)).join('\n'));
    writeFileSync(readings, `${[...text.slice(0, 500), 'broken', ...text.slice(500)].join('\n')}\n`);
    return { truth, readings };
  }

  it('scores readings offline, by the rules in force or others', async () => {
    const { truth, readings } = simulated();
    const inForce = await run('--truth', truth, '--file', readings, '--json');
    expect(inForce.stderr).toMatch(
      /^1 line left out\.\s\S*readings\.ndjson\sline\s501:\sExpected\sa\sreading\sas\sJSON\n$/,
    );
    expect(JSON.parse(inForce.stdout)).toMatchObject({
      kinds: [{ kind: 'sustained', episodes: 2, detected: 2, incidents: 2 }],
      falseIncidents: 0,
    });
    const rules = join(folder, 'cpu.json');
    const hot = { name: 'hot', metric: 'cpu', operator: '>', threshold: 90 };
    writeFileSync(rules, JSON.stringify({ rules: [{ ...hot, severity: [{ severity: 'warning' }] }] }));
    const others = await run('--truth', truth, '--file', readings, '--rules', rules, '--json');
    expect(JSON.parse(others.stdout).total).toMatchObject({ episodes: 2, detected: 1 });
  });

  it('finds the outage of a site as one incident, and none of its devices', async () => {
    const lines: TruthEpisode[] = [];
    const fleet = new Fleet({
      ...{ seed: 1, devices: 12, devicesPerSite: 4, intervalMs: 5000, durationMs: 2 * 3_600_000 },
      injections: [
        { kind: 'outage', site: 1, startMs: 1_800_000, durationMs: 1_200_000 },
        { kind: 'dropout', metric: undefined, device: 1, startMs: 1_800_000, durationMs: 900_000 },
      ],
      onEpisodeEnd: (subject, episode, endMs) => lines.push(episodeTruth(subject, episode, endMs)),
    });
    const silent = { kind: 'silent' as const, severity: [{ severity: 'warning' as const }] };
    const rules = parseRules({
      rules: [
        { name: 'device-silent', ...silent },
        { name: 'site-silent', of: 'site', ...silent },
      ],
    });
    const incidents = replayHistory(readingsOf(drain(fleet)), rules.map(compileRule));
    expect(incidents.map(({ rule, device_id, site_id }) => [rule, device_id, site_id])).toEqual([
      ['site-silent', '*', fleet.sites[1]?.siteId],
      ['device-silent', 'dev-2', fleet.sites[0]?.siteId],
    ]);
    for (const { started_at, fired_at, ended_at, kind, metric } of incidents) {
      expect({ kind, metric }).toEqual({ kind: 'silent', metric: null });
      const minutes = (Date.parse(fired_at) - Date.parse(started_at)) / 60_000;
      expect(minutes).toBeGreaterThanOrEqual(5);
      expect(minutes).toBeLessThan(10);
      expect(ended_at).not.toBeNull();
    }
    expect(lines.map(({ kind }) => kind)).toEqual(['dropout', 'outage']);
  });

  it('rates nothing of the time in which rules learn', async () => {
    const { truth, readings } = simulated();
    const { stdout } = await run('--truth', truth, '--file', readings, '--warm-up', '1h', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ total: { episodes: 1, detected: 1, incidents: 1 }, falseIncidents: 0 },
      deviceDays: expect.closeTo(1.5, 3),
    });
    const late = await run('--truth', truth, '--file', readings, '--warm-up', '5h');
    expect(late).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^error: --warm-up: Expected less than/),
    });
  });

  it.each([
    [['--file', 'x', '--local'], "cannot be used with option '--local'"],
    [['--file', 'x', '--alerts', 'y'], "cannot be used with option '--alerts <file>'"],
    [['--rules', 'x', '--alerts', 'y'], '--rules belongs to --file.'],
    [['--dir', 'x'], '--dir goes with --local only'],
    [['--stack', 'x', '--local'], '--stack is for AWS'],
  ])('refuses %j', async (args, why) => {
    expect(await run('--truth', truthFile(), ...args)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(why),
    });
  });

  it('says what is wrong in one sentence, and exits with 2', async () => {
    const empty = join(folder, 'empty.ndjson');
    writeFileSync(empty, '');
    const { code, stderr, stdout } = await run('--truth', empty, '--alerts', 'x');
    expect({ code, stderr, stdout }).toEqual({
      code: 2,
      stderr: `error: ${empty} is empty: has the simulation ended?\n`,
      stdout: '',
    });
  });

  it('names the line of a file that is not as expected', () => {
    expect(() => parseNdjson('\n{"type":"episode"}\n', 'truth.ndjson', truthLineSchema)).toThrow(
      /^truth\.ndjson line 2: device_id: /,
    );
    expect(() => parseNdjson('{', 'truth.ndjson', truthLineSchema)).toThrow(
      'truth.ndjson line 1: Expected JSON, got "{"',
    );
  });

  it('says so if the local runtime is not running', async () => {
    writeOutputs(folder, { Endpoint: 'http://127.0.0.1:1' });
    expect(await run('--truth', truthFile(), '--local', '--dir', folder)).toEqual({
      code: 1,
      stdout: '',
      stderr: 'The local runtime does not answer at http://127.0.0.1:1. Start it with: npm start\n',
    });
  });

  it('asks the lake for the days of the run only, and for the day after', () => {
    const sql = alertQuery('alerts', { start: '2026-01-31T23:00:00.000Z', end: '2026-01-31T23:30:00.000Z' });
    expect(sql).toContain(`dt BETWEEN '2026-01-31' AND '2026-02-01'`);
    expect(sql).toContain(`"at" BETWEEN '2026-01-31T23:00:00.000Z' AND '2026-01-31T23:30:00.000Z'`);
  });
});
