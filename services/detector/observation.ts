/** A reading with its place in the stream. */
import type { Reading } from '../contract/reading.ts';
import type { Suspicion } from './compiled-rule.ts';
import type { Position } from './stored-incident.ts';
import type { DatedOutlook } from './usual.ts';

export interface Observation {
  reading: Reading;
  position: Position;
  /** What this environment's memory suspects because of it, under the rule that it is folded by. */
  suspicion?: Suspicion | undefined;
  /** How far the rule's metric is from the reading before; undefined where that is not known. */
  step?: number | undefined;
  /** What the model of the device says of the rule's metric, where it was looked at. */
  outlook?: DatedOutlook | undefined;
}
