/** What the page watches from the first call on, before there is a page. */
import type { EventBus } from '../../../emulator/base/events.ts';
import type { AwsService } from '../../../emulator/wire/gateway.ts';
import { createStateWatch, type StateWatch } from './state-watch.ts';
import { createTelemetry, type Telemetry } from './telemetry.ts';
import { type VitalsWatch, watchVitals } from './vitals.ts';

export interface Watchers {
  telemetry: Telemetry;
  vitals: VitalsWatch;
  state: StateWatch;
  /** A service, watched where there is something to see. */
  watch(service: string, handle: AwsService): AwsService;
}

export function createWatchers(bus: EventBus): Watchers {
  const telemetry = createTelemetry(Date.now);
  const state = createStateWatch();
  bus.on('record', telemetry.observe);
  return {
    ...{ telemetry, state },
    vitals: watchVitals(bus, Date.now),
    watch: (service, handle) => (service === 'dynamodb' ? state.watch(handle) : handle),
  };
}
