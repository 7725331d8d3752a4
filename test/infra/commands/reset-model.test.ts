import { describe, expect, it } from 'vitest';
import { resetModel } from '../../../infra/commands/reset-model.ts';
import type { Reading } from '../../../services/contract/reading.ts';
import { fromModelItem } from '../../../services/detector/model-item.ts';
import { foldModel, type ModelTerms } from '../../../services/detector/site-model.ts';
import { paceOf } from '../../../services/detector/usual.ts';
import { modelTable } from '../../services/detector/support/model-table.ts';

const TERMS: ModelTerms = { periodMs: 300_000, pace: paceOf(300_000), metricsOf: () => ['cpu'] };

async function learnt() {
  const readings = Array.from(
    { length: 130 },
    (_, i): Reading => ({
      ...{ device_id: `dev-${i}`, site_id: 'site-a', seq: 1, cpu: 30 },
      ...{ timestamp: '2026-01-05T08:00:00.000Z', timestamp_sent: '2026-01-05 08' },
    }),
  );
  const table = modelTable();
  for (const chunk of foldModel([], readings, TERMS).changed) await table.save('site-a', chunk);
  const known = () =>
    [...table.items.values()]
      .flatMap((item) => [...(fromModelItem(item)?.devices ?? [])])
      .filter(([, { metrics }]) => metrics.size > 0)
      .map(([id]) => id);
  return { table, known };
}

describe('npm run reset-model', () => {
  it('forgets what is usual for one device, and nothing else', async () => {
    const { table, known } = await learnt();
    expect(await resetModel(table, 'site-a', 'dev-117')).toBe(1);
    expect(known()).toHaveLength(129);
    expect(known()).not.toContain('dev-117');
  });

  it('forgets all of a site', async () => {
    const { table, known } = await learnt();
    expect(await resetModel(table, 'site-a')).toBe(130);
    expect(known()).toEqual([]);
  });

  it('goes on where the detector writes in between', async () => {
    const { table, known } = await learnt();
    const [chunk] = await table.site('site-a');
    if (!chunk) throw new Error('Nothing was learnt');
    let isMeanwhile = true;
    const busy = {
      ...table,
      async site(siteId: string) {
        const chunks = await table.site(siteId);
        if (isMeanwhile) await table.save(siteId, chunk);
        isMeanwhile = false;
        return chunks;
      },
    };
    expect(await resetModel(busy, 'site-a')).toBe(130);
    expect(known()).toEqual([]);
  });

  it('says so where nothing is known', async () => {
    const { table } = await learnt();
    await expect(resetModel(table, 'site-b')).rejects.toThrow('Nothing is known of the site site-b');
    await expect(resetModel(table, 'site-a', 'dev-999')).rejects.toThrow(
      'Nothing is known of dev-999 at site-a',
    );
  });
});
