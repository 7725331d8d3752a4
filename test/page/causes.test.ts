/** What fails, and why, in an operator's words. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { faultSchema } from '../../infra/emulator/registry.ts';
import { AwsError } from '../../infra/emulator/wire/aws-error.ts';
import { PRESETS } from '../../infra/local/fault-presets.ts';
import type { TestConsole } from './support/console.ts';
import { executable, text, useBrowser } from './support/view.ts';

const PARTIAL = 'The function reported a failure from 49680557012201868073579244812988385244211847528487 on';

const failingStages = (page: Page) => page.locator('.stage[data-state=failing] > strong').allTextContents();

/** Breaks what a button of the page breaks. */
function breakIt({ faults }: TestConsole, name: string) {
  const preset = PRESETS.find((one) => one.name === name);
  if (!preset) throw new Error(`No preset ${name}`);
  faults.add(faultSchema.parse(preset.fault), preset.title);
}

const refuse = (code: string) => async () => {
  throw new AwsError(code, 'Not now');
};

describe.skipIf(!executable)('a fault', () => {
  const view = useBrowser();

  it('of SNS fails at Alerts, not at the detector that repeats its batch', async () => {
    const console = await view.console();
    const page = await view.open(console);
    breakIt(console, 'sns-down');
    for (let i = 0; i < 24; i += 1) await console.call('sns', 'Publish', refuse('Throttling'));
    const run = { type: 'invocation', functionName: 'f', records: 12, durationMs: 40 } as const;
    console.bus.publish({ ...run, outcome: 'partial', error: PARTIAL });
    const sentence = 'SNS is refusing messages (SNS.Publish: Throttling, broken on purpose, 24 refused)';
    await expect.poll(() => page.locator('#pipeline-note').textContent()).toBe(sentence);
    expect(await failingStages(page)).toEqual(['Alerts']);
    await text(page, '#stage-topic', /24 refusedbroken on purpose/);
    await text(page, '#stage-detector', /waits for SNS1 failed run/);
  });

  it('that nobody made on purpose does not say so', async () => {
    const console = await view.console();
    const page = await view.open(console);
    for (let i = 0; i < 3; i += 1)
      await console.call('dynamodb', 'PutItem', refuse('ProvisionedThroughputExceededException'));
    await text(
      page,
      '#pipeline-note',
      /^DynamoDB is refusing the detector’s reads and writes \(DynamoDB\.PutItem: ProvisionedThroughputExceededException, 3 refused\)$/,
    );
    expect(await failingStages(page)).toEqual(['Detector']);
  });

  it('of the function itself fails at the detector, with its own words', async () => {
    const console = await view.console();
    const page = await view.open(console);
    const run = { type: 'invocation', functionName: 'f', records: 1, durationMs: 1 } as const;
    console.bus.publish({ ...run, outcome: 'error', error: 'Runtime.ExitError: exited' });
    await text(page, '#pipeline-note', /^The detector fails \(1 failed run\)\. Runtime\.ExitError: exited$/);
    console.bus.publish({ ...run, outcome: 'partial', error: PARTIAL });
    await text(page, '#pipeline-note', /\(2 failed runs\)\. Part of a batch failed and is tried again$/);
  });

  it('that refuses only a part of a call fails at the stream', async () => {
    const console = await view.console();
    const page = await view.open(console);
    breakIt(console, 'stream-throttled');
    await text(page, '#faults', /Stream throttled/);
    expect(await failingStages(page)).toEqual([]);
    const fault = console.faults.find('kinesis.PutRecords', ['throttle']);
    while (fault && !console.faults.draw(fault));
    await text(page, '#pipeline-note', /^Stream throttled: broken on purpose, struck 1 time$/);
    expect(await failingStages(page)).toEqual(['Stream']);
  });

  it('of a full disk fails at Delivery at once, until a file is written', async () => {
    const console = await view.console();
    const page = await view.open(console);
    console.shown.counts.pending = 1_200;
    console.bus.publish({
      ...{ type: 'notice', level: 'error', deliveryStream: 'Readings' },
      text: 'Readings: Writing objects failed (attempt 1): ENOSPC: no space left on device, write',
    });
    await text(page, '#pipeline-note', /^The lake’s disk is full \(no space left, 1,200 lines waiting\)$/);
    breakIt(console, 'disk-full');
    await text(page, '#pipeline-note', /^The lake’s disk is full \(no space left, broken on purpose, 1,200/);
    expect(await failingStages(page)).toEqual(['Delivery']);
    console.bus.publish({ type: 'delivery', deliveryStream: 'Readings', objects: [] });
    await expect.poll(() => failingStages(page)).toEqual([]);
  });

  it('says in plain words what stands still', async () => {
    const console = await view.console();
    console.shown.fleet = {
      state: () => ({ devices: 3, paused: false, running: false, episodes: [] }),
      send: async () => undefined,
    };
    const page = await view.open(console);
    await text(page, '#pipeline-note', /^The fleet has stopped$/);
  });
});
