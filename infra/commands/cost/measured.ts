/** The calls that the last local session made, scaled to a million readings. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MEASURED_FILE, type Measured, measuredSchema } from '../../cli/measured.ts';
import { PRICES, type Price } from './prices.ts';

export interface MeasuredRow {
  what: string;
  calls: number;
  perMillion: number;
  /** USD per million readings. */
  usd: number;
}

/** Undefined where no session has left a readable file. */
export function readMeasured(stateDir: string): Measured | undefined {
  try {
    return measuredSchema.parse(JSON.parse(readFileSync(join(stateDir, MEASURED_FILE), 'utf8')));
  } catch {
    return undefined;
  }
}

/** The operations that AWS bills by the call. */
export function measuredRows(measured: Measured): MeasuredRow[] {
  const { readings, invocations, detector_calls: calls } = measured;
  const row = (what: string, count: number, price: Price): MeasuredRow => {
    const perMillion = (count / readings) * 1e6;
    return { what, calls: count, perMillion, usd: perMillion * price.usd };
  };
  return [
    row('Lambda invocations', invocations, PRICES.lambdaRequest),
    row('DynamoDB Query', calls['dynamodb.Query'] ?? 0, PRICES.readUnit),
    row('DynamoDB PutItem', calls['dynamodb.PutItem'] ?? 0, PRICES.writeUnit),
    row('DynamoDB INSERT', calls['dynamodb.PartiQLInsert'] ?? 0, PRICES.writeUnit),
    row('SNS Publish', calls['sns.Publish'] ?? 0, PRICES.publish),
  ];
}
