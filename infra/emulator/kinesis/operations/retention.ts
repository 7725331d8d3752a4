/** How long a stream keeps its records. */
import { streamOf } from '../api/find.ts';
import { operation } from '../api/operation.ts';
import { invalid } from '../api/refusals.ts';
import { required, STREAM } from '../api/shapes.ts';
import { LIMITS } from '../stream/limits.ts';

/** It refuses hours that AWS does not allow, and those in the other direction. */
const retention = (way: 'Increase' | 'Decrease') =>
  operation(
    { ...STREAM, RetentionPeriodHours: required({ type: 'integer' }) },
    async (input, { streams }) => {
      const { RetentionPeriodHours: hours, ...named } = input;
      const { state } = streamOf(streams, named);
      const { least, most } = LIMITS.retentionHours;
      const asked = `Requested retention period (${hours} hours)`;
      if (hours < least)
        throw invalid(`Minimum allowed retention period is ${least} hours. ${asked} is too short.`);
      if (hours > most)
        throw invalid(`Maximum allowed retention period is ${most} hours. ${asked} is too long.`);
      const isWrongWay = way === 'Increase' ? hours < state.retentionHours : hours > state.retentionHours;
      if (isWrongWay) {
        const [than, other] = way === 'Increase' ? ['shorter', 'Decrease'] : ['longer', 'Increase'];
        throw invalid(
          `${asked} for stream ${state.name} can not be ${than} than existing retention period (${state.retentionHours} hours). Use ${other}RetentionPeriod API.`,
        );
      }
      state.retentionHours = hours;
      await streams.save();
    },
  );

export const increaseStreamRetentionPeriod = retention('Increase');
export const decreaseStreamRetentionPeriod = retention('Decrease');
