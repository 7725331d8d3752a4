/** How long a stream keeps its records. */
import { LIMITS } from '../stream/limits.ts';
import type { Streams } from '../stream/streams.ts';
import { type Named, streamOf } from './find.ts';
import { invalid } from './refusals.ts';

/** @throws AwsError for hours that AWS does not allow, or in the other direction */
export async function setRetention(
  streams: Streams,
  named: Named,
  hours: number,
  way: 'Increase' | 'Decrease',
): Promise<void> {
  const { state } = streamOf(streams, named);
  const { least, most } = LIMITS.retentionHours;
  const asked = `Requested retention period (${hours} hours)`;
  if (hours < least)
    throw invalid(`Minimum allowed retention period is ${least} hours. ${asked} is too short.`);
  if (hours > most) throw invalid(`Maximum allowed retention period is ${most} hours. ${asked} is too long.`);
  const isWrongWay = way === 'Increase' ? hours < state.retentionHours : hours > state.retentionHours;
  if (isWrongWay) {
    const [than, other] = way === 'Increase' ? ['shorter', 'Decrease'] : ['longer', 'Increase'];
    throw invalid(
      `${asked} for stream ${state.name} can not be ${than} than existing retention period (${state.retentionHours} hours). Use ${other}RetentionPeriod API.`,
    );
  }
  state.retentionHours = hours;
  await streams.save();
}
