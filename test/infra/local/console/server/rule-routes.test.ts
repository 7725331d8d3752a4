/** What programs and other pages get of the rules, and what they do not. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { createRulesFile } from '../../../../../infra/local/console/rules/rules-file.ts';
import { createTrials } from '../../../../../infra/local/console/rules/trials.ts';
import { parseRules } from '../../../../../services/contract/rule.ts';
import { get, shown, useConsole } from './support/harness.ts';

const folder = mkdtempSync(join(tmpdir(), 'rule-routes-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'rules.json');
const started: object[] = [];

const hot = (threshold: unknown) => ({
  ...{ name: 'hot', metric: 'temperature', operator: '>', threshold, severity: [{ severity: 'warning' }] },
});
const fileOf = (threshold: unknown) => JSON.stringify({ rules: [hot(threshold)] });

useConsole({
  rulesInForce: () => parseRules({ rules: [hot(80)] }),
  ruleDesk: {
    file: createRulesFile(path, 'rules.json'),
    trials: createTrials((request) => {
      started.push(request);
      return { result: new Promise(() => {}), stop() {} };
    }),
    lakeBytes: async () => 1e12,
    applyWith: 'npm start',
    close() {},
  },
});
beforeEach(() => {
  started.length = 0;
  writeFileSync(path, fileOf(80));
});

const post = async (route: string, body: object, headers: Record<string, string> = {}) => {
  const answer = await get(`/api/${route}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return { status: answer.status, body: answer.status === 403 ? {} : JSON.parse(answer.body) };
};

describe('rules for programs', () => {
  it('are those in force, each with its incidents, and how their file differs', async () => {
    const incident = {
      site_id: 's',
      device_id: 'd',
      rule: 'hot',
      started_at: '2026-01-31T09:00:00.000Z',
      timeline: [],
    };
    shown.incidents = {
      ...shown.incidents,
      incidents: [
        { ...incident, id: '1', state: 'firing' },
        { ...incident, id: '2', state: 'pending', started_at: '2026-01-31T09:30:00.000Z' },
        { ...incident, id: '3', state: 'resolved', started_at: '2026-01-31T08:00:00.000Z' },
        { ...incident, id: '4', state: 'firing', rule: 'of-another-version' },
      ],
    };
    writeFileSync(path, fileOf(81));
    expect(JSON.parse((await get('/api/rules')).body)).toEqual({
      rules: [{ name: 'hot', open: 2, lastFired: '2026-01-31T09:00:00.000Z' }],
      file: { name: 'rules.json', applyWith: 'npm start', changes: [{ rule: 'hot', how: 'changed' }] },
    });
  });

  it('are checked with the path of each problem, and compared with what runs and with the file', async () => {
    const wrong = await post('rules-check', { text: fileOf('x') });
    expect(wrong.body).toMatchObject({ problems: [{ path: ['rules', 0, 'threshold'] }], changes: [] });
    expect((await post('rules-check', { text: '{' })).body.problems).toMatchObject([{ path: [] }]);
    const right = await post('rules-check', { text: fileOf(79) });
    expect(right.body).toMatchObject({
      problems: [],
      changes: [{ rule: 'hot' }],
      diff: expect.stringContaining('+{"rules"'),
    });
  });

  it('are tried with the text, against those in force', async () => {
    const { body } = await post('rules-trial', { text: fileOf(79), since: '6h' });
    expect(started).toMatchObject([
      { candidate: fileOf(79), since: '6h', inForce: expect.stringContaining('80') },
    ]);
    expect(JSON.parse((await get(`/api/rules-trial?id=${body.id}`)).body)).toMatchObject({
      state: 'running',
    });
    expect((await get('/api/rules-trial?id=another')).status).toBe(404);
    await post('rules-trial-stop', { id: body.id });
    expect(JSON.parse((await get(`/api/rules-trial?id=${body.id}`)).body)).toMatchObject({
      state: 'stopped',
    });
    expect((await post('rules-trial', { text: fileOf('x'), since: '6h' })).status).toBe(400);
    expect((await post('rules-trial', { text: fileOf(79), since: '900d' })).status).toBe(400);
    // 1 TB is scanned five times at most.
    expect(JSON.parse((await get('/api/rules-trial-cost?since=7d')).body)).toEqual({
      bytes: 1e12,
      atMost: '$25.00',
    });
  });

  it('are written only if they are rules, and the file is the one that was loaded', async () => {
    const { version } = JSON.parse((await get('/api/rules-file')).body) as { version: string };
    const wrong = await post('rules-write', { text: fileOf('x'), version });
    expect([wrong.status, wrong.body.message]).toEqual([
      400,
      expect.stringMatching(/^rules\.json: rules\[0\]\.threshold: /),
    ]);
    expect((await post('rules-write', { text: fileOf(79), version: 'old' })).status).toBe(409);
    expect(readFileSync(path, 'utf8')).toBe(fileOf(80));
    const done = await post('rules-write', { text: fileOf(79), version });
    expect(done.body.commands).toEqual(['git commit -m "Rules: change hot" rules.json', 'npm start']);
    expect(readFileSync(path, 'utf8')).toBe(fileOf(79));
  });

  it('are nothing for a foreign page, nor for a form', async () => {
    const { version } = JSON.parse((await get('/api/rules-file')).body) as { version: string };
    for (const route of ['rules-check', 'rules-trial', 'rules-trial-stop', 'rules-write']) {
      const body = { text: fileOf(79), version };
      expect((await post(route, body, { origin: 'https://evil.example' })).status).toBe(403);
      expect((await post(route, body, { host: 'evil.example' })).status).toBe(403);
      expect((await post(route, body, { 'content-type': 'text/plain' })).status).toBe(415);
    }
    for (const route of ['rules', 'rules-file', 'rules-trial?id=1', 'rules-trial-cost?since=1d'])
      expect((await get(`/api/${route}`, { headers: { origin: 'https://evil.example' } })).status).toBe(403);
    expect([started, readFileSync(path, 'utf8')]).toEqual([[], fileOf(80)]);
  });
});
