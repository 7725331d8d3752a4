/** How a service tells what it measures. */
import type { EventBus, Measured } from './events.ts';

/** @param unit as CloudWatch names it */
export type Measure = (name: string, value: number, unit?: string, more?: Pick<Measured, 'atMs'>) => void;

/** @param namespace such as `AWS/Lambda` */
export const measureOf =
  (bus: EventBus, namespace: string, dimensions: Measured['dimensions']): Measure =>
  (name, value, unit = 'Count', more = {}) =>
    void bus.emit('metric', { namespace, name, dimensions, unit, value, ...more });
