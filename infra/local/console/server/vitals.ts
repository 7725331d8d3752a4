/** Signs of life of each stage: what happened last, and what went wrong in the last seconds. */
import type { EventBus } from '../../../emulator/base/events.ts';
import type { Interceptor } from '../../../emulator/wire/gateway.ts';
import type { Vitals } from '../page-state.ts';

/** How long a failure is shown. */
const RECENT_MS = 12_000;

export interface VitalsWatch {
  /** Sees every AWS call and how it ends. */
  intercept: Interceptor;
  now(): Vitals;
}

export function watchVitals(bus: EventBus, clock: () => number): VitalsWatch {
  let refusals: { at: number; service: string }[] = [];
  let failures: { at: number; why: string }[] = [];
  const last: Pick<Vitals, 'invocation' | 'deliveredAt' | 'mailedAt'> = {};

  bus.on('event', (event) => {
    if (event.type === 'invocation') {
      const { records, durationMs, outcome, error = outcome } = event;
      last.invocation = { records, durationMs, outcome, at: clock() };
      if (outcome !== 'ok') failures.push({ at: clock(), why: error });
    } else if (event.type === 'delivery') last.deliveredAt = clock();
    else if (event.type === 'mail') last.mailedAt = clock();
  });

  function trim(): void {
    const since = clock() - RECENT_MS;
    refusals = refusals.filter(({ at }) => at > since).slice(-1_000);
    failures = failures.filter(({ at }) => at > since).slice(-1_000);
  }

  return {
    async intercept(request, response, next) {
      // Programs ask whether something exists, and expect that it may not: such an answer is not a failure.
      const isQuestion = /^(?:Describe|List)/.test(request.operation);
      const count = () => isQuestion || refusals.push({ at: clock(), service: request.service });
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
