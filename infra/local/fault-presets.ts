/** The faults that the page offers. */
import type { FaultInput } from '../emulator/faults/fault.ts';

interface Preset {
  name: string;
  title: string;
  /** What a person will see happen. */
  expect: string;
  fault: FaultInput;
}

export const PRESETS: readonly Preset[] = [
  {
    name: 'sns-down',
    title: 'SNS down',
    expect: 'Alerts wait in the state table; when it is over, each is mailed once.',
    fault: { on: 'sns.*', kind: 'unavailable' },
  },
  {
    name: 'dynamodb-throttled',
    title: 'DynamoDB throttled',
    expect: 'Batches take longer and are tried again; no incident is lost or opened twice.',
    fault: { on: 'dynamodb.*', kind: 'throttle', share: 0.7 },
  },
  {
    name: 'detector-crashing',
    title: 'Detector crashing',
    expect: 'Lambda repeats the batch from its first record; no second mail of the same transition.',
    fault: { on: 'dynamodb.*', kind: 'crash', share: 0.3, after: true },
  },
  {
    name: 'stream-throttled',
    title: 'Stream throttled',
    expect: 'Producers send the refused entries again; nothing is lost, and order per device holds.',
    fault: { on: 'kinesis.PutRecords', kind: 'throttle', share: 0.5 },
  },
  {
    name: 'disk-full',
    title: 'Lake disk full',
    expect: 'Delivery waits and holds what it took; all of it is in the lake afterwards.',
    fault: { on: 's3.PutObject', kind: 'disk-full' },
  },
];
