/**
 * What AWS documents of Kinesis Data Streams, as cases against a server given by its address. They are written from the
 * API reference and the API model; where AWS publishes no words of a refusal, only its code is compared.
 */
import { ADMINISTRATION } from './administration.ts';
import type { Case } from './context.ts';
import { EXPIRY } from './expiry.ts';
import { LIMITS } from './limits.ts';
import { READING } from './reading.ts';
import { RESHARDING } from './resharding.ts';
import { SUBSCRIPTION } from './subscription.ts';
import { VALIDATION } from './validation.ts';

export const GROUPS: Readonly<Record<string, readonly Case[]>> = {
  validation: VALIDATION,
  'records and iterators': READING,
  resharding: RESHARDING,
  administration: ADMINISTRATION,
  'enhanced fan-out': SUBSCRIPTION,
  limits: LIMITS,
  expiry: EXPIRY,
};
