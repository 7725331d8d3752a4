/** Readings that were not evaluated: a card with whose they are, why, and what to change; and a notice for the first. */
import { describe, expect, it } from 'vitest';
import type { Refusal } from '../../services/contract/refusal.ts';
import { violationsOf } from './support/axe.ts';
import { executable, text, useBrowser } from './support/view.ts';

const refusal = (changes: Partial<Refusal>): Refusal => ({
  ...{ refusal_id: 'r1', verdict: 'refused', device_id: 'dev-9', site_id: 'north', readings: 3 },
  ...{ reason: 'cpu: Invalid input', advice: 'Send a JSON number', sequence_number: '1', line: 1 },
  ...{ at: '2026-01-31T09:30:00.000Z', timestamp_sent: '2026-01-31 09' },
  ...changes,
});

describe.skipIf(!executable)('the page', () => {
  const view = useBrowser();

  it('shows readings that were not evaluated, each report once, the most first', async () => {
    const console = await view.console();
    const tell = (...refusals: Refusal[]) =>
      console.bus.emit('message', {
        ...{ topicArn: 'arn:refused', bodies: {} },
        defaultBody: refusals.map((one) => JSON.stringify(one)).join('\n'),
      });
    const page = await view.open(console);
    expect(await page.locator('#not-evaluated').isHidden()).toBe(true);

    tell(refusal({}), refusal({ refusal_id: 'r2', device_id: undefined, verdict: 'late', readings: 20 }));
    tell(refusal({}));
    tell(refusal({ refusal_id: 'r3', readings: 9 }));
    await text(page, '#not-evaluated-list tbody tr:last-child td:nth-child(4)', /^12$/);
    const rows = await page.locator('#not-evaluated-list tbody tr').allTextContents();
    expect(rows).toEqual([
      '?northlate20cpu: Invalid inputSend a JSON number',
      'dev-9northrefused12cpu: Invalid inputSend a JSON number',
    ]);
    await text(
      page,
      '#notice-list',
      /dev-9 \(north\): 3 readings refused\. cpu: Invalid input\. Send a JSON number\./,
    );
    await text(page, '#notice-list', /dev-9 \(north\): 12 readings refused by now/);
    expect(await violationsOf(page)).toEqual([]);
  });
});
