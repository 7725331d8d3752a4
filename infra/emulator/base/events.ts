/** What happens in the running pipeline and is worth seeing: for the screen, the page and the closing summary. */
import { EventEmitter } from 'node:events';

export type RuntimeEvent =
  | {
      type: 'invocation';
      functionName: string;
      records: number;
      durationMs: number;
      outcome: 'ok' | 'partial' | 'error' | 'timeout';
      /** First line of the error, where there was one. */
      error?: string;
    }
  | { type: 'batch-abandoned'; functionName: string; records: number; key: string; reason: string }
  | {
      type: 'delivery';
      deliveryStream: string;
      /** Objects that are now complete in the bucket; `rows` counts readings (or error entries under `errors/`). */
      objects: { bucket: string; key: string; bytes: number; rows: number; kind: 'data' | 'error' }[];
    }
  | { type: 'mail'; to: string; subject: string }
  | {
      type: 'query';
      id: string;
      state: 'SUCCEEDED' | 'FAILED' | 'CANCELLED';
      durationMs: number;
      scannedBytes: number;
    }
  | { type: 'notice'; level: 'info' | 'warning' | 'error'; text: string };

/** One bus for the whole runtime. Listeners must not throw. */
export class EventBus extends EventEmitter<{ event: [RuntimeEvent] }> {
  publish(event: RuntimeEvent): void {
    this.emit('event', event);
  }
}
