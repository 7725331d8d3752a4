/** `npm run scale`, and the tables of docs/scale.md, which it writes. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { withParts } from '../../../../infra/cli/generated.ts';
import { UserError } from '../../../../infra/cli/user-error.ts';
import { LIMITS } from '../../../../infra/commands/scale/limits.ts';
import { loadsOf, reachOf, type Scale } from '../../../../infra/commands/scale/loads.ts';
import { PAGE, runScale, scalesOf } from '../../../../infra/commands/scale/scale.ts';
import { scanLimitOf } from '../../../../infra/commands/scale/scan-limit.ts';
import type { Size } from '../../../../infra/commands/scale/sizes.ts';
import { synthesize } from '../../aws/support/synth.ts';
import { listen } from '../support/listen.ts';

const template = { Resources: synthesize().resources };

async function run(...argv: string[]) {
  const { said, io } = listen();
  const code = await runScale(argv, { ...io, synthesize: async () => template });
  return { code, ...said };
}

const DEFAULTS = { interval: 5, devicesPerSite: 100, readingBytes: 220, breaching: 0.001 };
const scaleOf = (devices: number, more: Partial<typeof DEFAULTS & { shards: number }> = {}): Scale =>
  scalesOf(template, { ...DEFAULTS, ...more, devices: [devices] })[0] as Scale;
const load = (scale: Scale, what: string) => loadsOf(scale).find((one) => one.what === what);

it('docs/scale.md has the tables of the command: after a change, npm run scale -- --write', async () => {
  const { stdout, code } = await run();
  expect(code).toBe(0);
  const [sizes = '', reach = '', turns = '', limits = ''] = stdout.trimEnd().split('\n\n');
  const page = readFileSync(PAGE, 'utf8');
  expect(page).toBe(withParts(page, { sizes, reach, turns, limits }));
});

it('every limit names a page of AWS', () => {
  for (const { page, value } of Object.values(LIMITS)) {
    expect(page).toMatch(/^https:\/\/docs\.aws\.amazon\.com\/[\w/-]+\.html$/);
    expect(value).toBeGreaterThan(0);
  }
});

describe('a load', () => {
  it('of the stream is what the fleet sends, against the shards that are there', () => {
    // 20,000 readings a second of 220 bytes, with their line breaks.
    expect(load(scaleOf(100_000), 'The stream as deployed')).toMatchObject({
      used: expect.closeTo(4.42, 2),
      limit: 1,
    });
    expect(load(scaleOf(100_000, { shards: 6 }), 'The stream as deployed')).toMatchObject({ limit: 6 });
  });

  it('of the models of a minute, a twentieth, comes within one interval: three write units for each hundred devices', () => {
    const { used } = load(scaleOf(1_000_000), 'Models, as a period begins: a new table') ?? { used: 0 };
    expect(used).toBeCloseTo((10_000 * 3) / 20 / 5);
  });

  it('of alerts grows with the share of devices in an incident', () => {
    const used = (breaching: number) => load(scaleOf(100_000, { breaching }), 'Alerts to people')?.used ?? 0;
    expect(used(0.01)).toBeCloseTo(10 * used(0.001));
    expect(used(0)).toBe(0);
  });

  it('reaches its limit where it says', () => {
    for (const { what, limit } of loadsOf(scaleOf(1000))) {
      const devices = reachOf(scaleOf(1000), what);
      if (!Number.isFinite(devices)) continue;
      const used = (share: number) => load(scaleOf(Math.round(devices * share)), what)?.used ?? 0;
      expect(used(0.98), what).toBeLessThan(limit);
      expect(used(1.02), what).toBeGreaterThan(limit);
    }
  });
});

describe('the command', () => {
  it('takes sizes and settings, and has everything as JSON', async () => {
    const { stdout } = await run('--devices', '200', '3000', '--shards', '2', '--breaching', '0', '--json');
    const sizes: Size[] = JSON.parse(stdout);
    expect(sizes.map(({ sites, shards }) => [sites, shards.deployed])).toEqual([
      [2, 2],
      [30, 2],
    ]);
    expect(sizes[0]?.messagesPerSecond).toBe(0);
  });

  it.each([
    ['--devices', '0', 'Expected a whole number from 1'],
    ['--shards', '501', 'Expected a whole number from 1 to 500'],
    ['--breaching', '2', 'Expected a share from 0 to 1'],
  ])('%s %s is a misuse', async (option, value, message) => {
    expect(await run(option, value)).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
  });

  it('needs a work group with a limit', () => {
    expect(() => scanLimitOf({ Resources: {} })).toThrow(UserError);
  });

  it('says which place a page has not', () => {
    expect(() => withParts('# Page\n', { sizes: '' })).toThrow('Expected "<!-- sizes: … -->"');
  });
});
