/** The last activity of each stage, and its failures of the last seconds. */
import type { Clock } from '../../../emulator/base/clock.ts';
import type { EventBus } from '../../../emulator/base/events.ts';
import type { Interceptor } from '../../../emulator/wire/gateway.ts';
import type { Vitals } from '../page-state.ts';

const RECENT_MS = 12_000;

export interface VitalsWatch {
  /** Sees the outcome of every AWS call. */
  intercept: Interceptor;
  now(): Vitals;
}

export function watchVitals(bus: EventBus, clock: Pick<Clock, 'now' | 'elapsed'>): VitalsWatch {
  let refusals: { elapsedMs: number; service: string }[] = [];
  let failures: { elapsedMs: number; why: string }[] = [];
  const last: Pick<Vitals, 'invocation' | 'deliveredAt' | 'mailedAt'> = {};

  bus.on('event', (event) => {
    if (event.type === 'invocation') {
      const { records, durationMs, outcome, error = outcome } = event;
      last.invocation = { records, durationMs, outcome, at: clock.now() };
      if (outcome !== 'ok') failures.push({ elapsedMs: clock.elapsed(), why: error });
    } else if (event.type === 'delivery') last.deliveredAt = clock.now();
    else if (event.type === 'mail') last.mailedAt = clock.now();
  });

  function trim(): void {
    const sinceMs = clock.elapsed() - RECENT_MS;
    refusals = refusals.filter(({ elapsedMs }) => elapsedMs > sinceMs).slice(-1_000);
    failures = failures.filter(({ elapsedMs }) => elapsedMs > sinceMs).slice(-1_000);
  }

  return {
    async intercept(request, response, next) {
      // Programs use these to find out whether something exists, so an error is not a failure.
      const isProbe = /^(?:Describe|List)/.test(request.operation);
      const { service } = request;
      const count = () => isProbe || refusals.push({ elapsedMs: clock.elapsed(), service });
      try {
        await next(request, response);
        if (response.statusCode >= 400) count();
      } catch (error) {
        count();
        throw error;
      }
    },
    now() {
      trim();
      const refused: Record<string, number> = {};
      for (const { service } of refusals) refused[service] = (refused[service] ?? 0) + 1;
      return { ...last, refused, failedInvocations: failures.length, failure: failures.at(-1)?.why };
    },
  };
}
