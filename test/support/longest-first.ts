/**
 * The order of test files: the longest first, so that none of them runs alone at the end while other workers have
 * nothing left to do. Vitest knows how long they take only after a first run, and would start by the size of the file.
 */
import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Longest first. Half of the whole time is theirs; among the others, the order hardly matters. */
export const LONGEST = [
  'test/prove/prove.test.ts',
  'test/page/page.test.ts',
  'test/page/views.test.ts',
  'test/infra/emulator/athena/query-process.test.ts',
  'test/simulator/sink/endpoint.test.ts',
  'test/infra/emulator/clients.test.ts',
  'test/services/gateway/mqtt-intake.test.ts',
  'test/infra/commands/enroll/enroll.test.ts',
  'test/services/detector/silence.test.ts',
  'test/infra/commands/two-sites.test.ts',
  'test/infra/commands/import/import.test.ts',
  'test/senders.test.ts',
  'test/page/words.test.ts',
  'test/services/detector/storm.test.ts',
  'test/infra/commands/compact.test.ts',
  'test/infra/emulator/athena/try.test.ts',
  'test/recipes/add-a-metric.test.ts',
  'test/infra/commands/backtest/backtest.test.ts',
  'test/infra/cli/series/properties.test.ts',
  'test/page/frames.test.ts',
  'test/infra/commands/incidents/night.test.ts',
  'test/infra/emulator/athena/odd-rows.test.ts',
  'test/page/counts.test.ts',
  'test/recipes/move-a-device.test.ts',
  'test/infra/aws/nag.test.ts',
  'test/pipeline.test.ts',
  'test/services/detector/properties.test.ts',
  'test/infra/emulator/stack/obeyed.test.ts',
  'test/infra/commands/enroll/token.test.ts',
  'test/services/detector/time-forms.test.ts',
  'test/infra/commands/enroll/mqtt.test.ts',
  'test/infra/emulator/firehose/heavy-lines.test.ts',
  'test/recipes/change-a-rule.test.ts',
  'test/infra/emulator/athena/types.test.ts',
] as const;

export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const places = new Map<string, number>(LONGEST.map((file, place) => [file, place]));
    const placeOf = ({ moduleId }: TestSpecification) =>
      places.get(relative(this.ctx.config.root, moduleId)) ?? LONGEST.length;
    return (await super.sort(files)).toSorted((a, b) => placeOf(a) - placeOf(b));
  }
}
