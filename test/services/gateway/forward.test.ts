import { describe, expect, it, vi } from 'vitest';
import { fakeCloud, openGateway, temporaryFolder, UNREACHABLE } from './support/gateway.ts';
import { line, seqsIn } from './support/readings.ts';

const lines = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) => line(from + i)).join('\n');

describe('forwarding', () => {
  it('keeps what the cloud does not take, over a restart, and loses and reorders nothing', async () => {
    const cloud = fakeCloud();
    cloud.problem = UNREACHABLE;
    const spool = temporaryFolder();
    const first = await openGateway({ spool }, cloud);
    for (let i = 0; i < 20; i += 1) expect((await first.post(lines(i * 100, 100))).status).toBe(204);
    cloud.problem = { kind: 'refused', sentence: 'Revoked.' };
    const closing = first.close();
    await closing;
    expect(first.said.at(-1)).toMatch(/^2000 accepted = 0 forwarded \+ 2000 waiting \+ 0 dropped/);

    cloud.problem = undefined;
    const second = await openGateway({ spool }, cloud);
    await vi.waitFor(() =>
      expect(seqsIn(...cloud.records)).toEqual(Array.from({ length: 2000 }, (_, i) => i)),
    );
    await vi.waitFor(async () =>
      expect((await second.gateway.status()).readings).toEqual({
        ...{ accepted: 2000, forwarded: 2000, waiting: 0, dropped: 0 },
      }),
    );
  });

  it('sends a backlog in large records, no faster than it may', async () => {
    const cloud = fakeCloud();
    cloud.problem = UNREACHABLE;
    const { post } = await openGateway({ catchUpBytes: 400_000 }, cloud);
    await post(lines(0, 3000));
    const startedMs = performance.now();
    cloud.problem = undefined;
    await vi.waitFor(() => expect(seqsIn(...cloud.records)).toHaveLength(3000));
    const bytes = cloud.records.reduce((sum, data) => sum + data.length, 0);
    expect(cloud.records.length).toBeLessThan(10);
    // The last records are no backlog any more.
    expect(performance.now() - startedMs).toBeGreaterThan((1000 * (bytes - 250_000)) / 400_000);
  });

  it('waits for no timer between records where it may send faster than it does', async () => {
    const cloud = fakeCloud();
    cloud.problem = UNREACHABLE;
    const { post } = await openGateway({ catchUpBytes: 1e12 }, cloud);
    await post(lines(0, 3000));
    const timers = vi.spyOn(globalThis, 'setTimeout');
    cloud.problem = undefined;
    await vi.waitFor(() => expect(seqsIn(...cloud.records)).toHaveLength(3000));
    const delays = timers.mock.calls.map(([, ms]) => ms);
    timers.mockRestore();
    expect(cloud.records.length).toBeGreaterThan(3);
    expect(delays).not.toContain(0);
  });

  it('says a problem once, and that it is over', async () => {
    const cloud = fakeCloud();
    const { post, said } = await openGateway({}, cloud);
    cloud.problem = UNREACHABLE;
    await post(line(1));
    await vi.waitFor(() => expect(said).toEqual(['The line is cut.']));
    await new Promise((resolve) => setTimeout(resolve, 1000));
    cloud.problem = undefined;
    await vi.waitFor(() => expect(said).toEqual(['The line is cut.', 'The stream takes records.']));
  });
});
