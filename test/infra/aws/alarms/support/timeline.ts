/** Hand-made metrics of some hours, as CloudWatch would show them at a moment: some come late, some in packets. */
import type { Input } from '../../../../../infra/emulator/cloudwatch/definition.ts';
import type { ReadMetric } from '../../../../../infra/emulator/cloudwatch/evaluate.ts';

/** When a service shows what it measured in a minute: each service of AWS has its own ways. */
export interface Publishing {
  /** Minutes until a data point can be read. */
  delay: number;
  /** Data points are sent in packets, every so many minutes. */
  every?: number;
  /** Of a packet, only one data point is sent, for its last minute. */
  onePoint?: boolean;
}

interface Point {
  /** From this minute on it can be read. */
  visibleFrom: number;
  value: number;
}

const MINUTE_MS = 60_000;

export class Timeline {
  /** By metric and minute. */
  readonly #points = new Map<string, Point[][]>();
  readonly #publishing: (namespace: string) => Publishing;

  constructor(publishing: (namespace: string) => Publishing) {
    this.#publishing = publishing;
  }

  /** What was measured in a minute; undefined where nothing was. */
  add(metric: string, minute: number, value: number | undefined): void {
    if (value === undefined) return;
    const { delay, every = 1, onePoint } = this.#publishing(metric.slice(0, metric.lastIndexOf('/')));
    const packetEnd = Math.floor(minute / every) * every + every - 1;
    const minutes = this.#points.get(metric) ?? [];
    const at = onePoint ? packetEnd : minute;
    minutes[at] = [...(minutes[at] ?? []), { visibleFrom: packetEnd + 1 + delay, value }];
    this.#points.set(metric, minutes);
  }

  /** @param nameOf a metric, as `add` names it */
  reader(now: number, nameOf: (input: Input) => string): ReadMetric {
    return (input, fromMs, toMs) => {
      const minutes = this.#points.get(nameOf(input)) ?? [];
      const seen: number[] = [];
      for (let minute = Math.max(0, fromMs / MINUTE_MS); minute < toMs / MINUTE_MS; minute += 1) {
        for (const { visibleFrom, value } of minutes[minute] ?? []) if (visibleFrom <= now) seen.push(value);
      }
      if (seen.length === 0) return undefined;
      if (input.statistic.kind === 'Sum') return seen.reduce((sum, value) => sum + value, 0);
      if (input.statistic.kind === 'Maximum') return Math.max(...seen);
      throw new Error(`No story has the statistic ${input.statistic.kind}`);
    };
  }
}
