import { streamOf } from '../api/find.ts';
import { operation } from '../api/operation.ts';
import { inAccount, tooMany } from '../api/refusals.ts';
import { required, STREAM_ARN, STREAM_MODE } from '../api/shapes.ts';
import { LIMITS } from '../stream/limits.ts';

const DAY_MS = 86_400_000;

export const updateStreamMode = operation(
  { StreamARN: required(STREAM_ARN), StreamModeDetails: required(STREAM_MODE) },
  async ({ StreamARN, StreamModeDetails: { StreamMode } }, { streams }) => {
    const { state } = streamOf(streams, { StreamARN });
    const nowMs = streams.clock.now();
    const lately = state.modeChangedMs.filter((ms) => nowMs - ms < DAY_MS);
    if (StreamMode !== state.mode && lately.length >= LIMITS.modeChanges) {
      throw tooMany(
        `${inAccount(`Stream ${state.name}`)} has changed its mode ${lately.length} times in the last 24 hours, which is the limit.`,
      );
    }
    if (StreamMode !== state.mode) state.modeChangedMs = [...lately, nowMs];
    state.mode = StreamMode;
    await streams.save();
  },
);
