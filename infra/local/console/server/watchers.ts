/** Watchers that the page needs from the first call on, before the page itself is open. */
import { systemClock } from '../../../emulator/base/clock.ts';
import type { EventBus } from '../../../emulator/base/events.ts';
import type { AwsService } from '../../../emulator/wire/gateway.ts';
import type { ShownFault } from '../page-state.ts';
import { createStateWatch, type StateWatch } from './state-watch.ts';
import { createTelemetry, type Telemetry } from './telemetry.ts';
import { type VitalsWatch, watchVitals } from './vitals.ts';

export interface Watchers {
  telemetry: Telemetry;
  vitals: VitalsWatch;
  state: StateWatch;
  /** Wraps a service where there is something to watch. */
  watch(service: string, handle: AwsService): AwsService;
}

/** @param faults those in force */
export function createWatchers(bus: EventBus, faults: { list(): ShownFault[] }): Watchers {
  const telemetry = createTelemetry(systemClock);
  const state = createStateWatch();
  bus.on('record', telemetry.observe);
  return {
    ...{ telemetry, state },
    vitals: watchVitals(bus, systemClock, faults),
    watch: (service, handle) => (service === 'dynamodb' ? state.watch(handle) : handle),
  };
}
