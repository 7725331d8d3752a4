import { operation } from '../api/operation.ts';
import { setRetention } from '../api/retention.ts';
import { required, STREAM } from '../api/shapes.ts';

export const decreaseStreamRetentionPeriod = operation(
  { ...STREAM, RetentionPeriodHours: required({ type: 'integer' }) },
  async ({ RetentionPeriodHours, ...named }, { streams }) => {
    await setRetention(streams, named, RetentionPeriodHours, 'Decrease');
    return undefined;
  },
);
