/** What happens in the running stack, for screens, pages and counts. */
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
      /** Objects that are complete in the bucket; `rows` of an error object are its entries. */
      objects: { bucket: string; key: string; bytes: number; rows: number; kind: 'data' | 'error' }[];
    }
  | { type: 'mail'; to: string; subject: string }
  | { type: 'alarm'; name: string; state: 'OK' | 'ALARM' | 'INSUFFICIENT_DATA'; reason: string }
  | {
      type: 'query';
      id: string;
      state: 'SUCCEEDED' | 'FAILED' | 'CANCELLED';
      durationMs: number;
      scannedBytes: number;
    }
  | {
      type: 'notice';
      level: 'info' | 'warning' | 'error';
      text: string;
      /** The delivery stream whose write failed, where the notice is about that. */
      deliveryStream?: string;
      /** What is lost for good, with its number, where the notice says so. */
      lost?: string;
      /** What IAM has denied to something that the template runs, where the notice says so. */
      denied?: string;
    };

/** A message that a topic has accepted. */
export interface PublishedMessage {
  topicArn: string;
  /** For protocols that have no body of their own in `bodies`. */
  defaultBody: string;
  /** By protocol, such as `email`. */
  bodies: Readonly<Record<string, string>>;
}

/** A data point that a service sends to CloudWatch. */
export interface Measured {
  namespace: string;
  name: string;
  dimensions: Readonly<Record<string, string>>;
  /** As CloudWatch names units, such as `Count`. */
  unit: string;
  value: number;
  /** On the wall clock, in ms; now, where it is left out. */
  atMs?: number;
}

/** An event for EventBridge, without what is the same for all events here. */
export interface AwsEvent {
  source: string;
  detailType: string;
  /** ARNs of what it is about. */
  resources: string[];
  detail: Record<string, unknown>;
}

interface Channels {
  /** Events that a person may want to see. */
  event: [RuntimeEvent];
  /** Data of a record that a delivery stream has read from a Kinesis stream. */
  record: [data: Uint8Array];
  /** A line that a function wrote to its log. */
  log: [line: string];
  /** Emitted when the message is accepted, before it is dispatched. A listener that throws makes Publish fail. */
  message: [PublishedMessage];
  metric: [Measured];
  /** Asks for metrics that are measured once a minute. */
  sample: [];
  'aws-event': [AwsEvent];
}

/** One bus for the whole emulator. Listeners must not throw, except those of `message`. */
export class EventBus extends EventEmitter<Channels> {
  publish(event: RuntimeEvent): void {
    this.emit('event', event);
  }

  readonly warn = (text: string): void => this.publish({ type: 'notice', level: 'warning', text });
}
