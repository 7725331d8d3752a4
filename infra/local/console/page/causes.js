// Why a stage fails, in an operator's words: from what was refused and what is broken on purpose. Pure.
import { count, plural } from './format.js';

/** @import { RefusedCalls } from '../page-state.ts' */
/** @import { Parts } from './store.js' */

/** @typedef {{ short: string, detail: string, sentence: string }} Cause `short` and `detail` fit into a stage */
/** @typedef {keyof typeof SERVICES} ServiceName */

/** What a person calls a service, and what it takes. */
const SERVICES = {
  kinesis: { name: 'Kinesis', takes: 'records' },
  dynamodb: { name: 'DynamoDB', takes: 'the detector’s reads and writes' },
  sns: { name: 'SNS', takes: 'messages' },
};
const PURPOSE = 'broken on purpose';

/** @param {Pick<Parts, 'vitals' | 'faults'>} parts @param {ServiceName} service @returns {Cause | undefined} */
export function serviceCause({ vitals, faults }, service) {
  const calls = vitals.refusals.filter(({ operation }) => operation.startsWith(`${service}.`));
  const [most] = calls;
  if (most) return refusedCause(service, most, vitals.refused[service] ?? most.count);
  const fault = faults.find(({ on, hits }) => on.startsWith(`${service}.`) && hits > 0);
  if (!fault) return undefined;
  const struck = `struck ${plural(fault.hits, 'time')}`;
  return { short: PURPOSE, detail: struck, sentence: `${fault.title}: ${PURPOSE}, ${struck}` };
}

/** @type {(service: ServiceName, most: RefusedCalls, refused: number) => Cause} */
function refusedCause(service, { operation, code, onPurpose }, refused) {
  const { name, takes } = SERVICES[service];
  const call = `${operation.replace(service, name)}${code ? `: ${code}` : ''}`;
  const why = [call, onPurpose && PURPOSE, `${count(refused)} refused`].filter(Boolean).join(', ');
  return {
    short: `${count(refused)} refused`,
    detail: onPurpose ? PURPOSE : call,
    sentence: `${name} is refusing ${takes} (${why})`,
  };
}

/** Why nothing more gets into the lake. @param {Pick<Parts, 'vitals' | 'faults' | 'counts'>} parts */
export function deliveryCause({ vitals: { writeFailure }, faults, counts: { pending } }) {
  if (writeFailure === undefined) return undefined;
  const detail = `${count(pending)} waiting`;
  if (!/ENOSPC/.test(writeFailure))
    return { short: 'cannot write', detail, sentence: `The lake cannot be written. ${writeFailure}` };
  const onPurpose = faults.some(({ on }) => on.startsWith('s3.')) && PURPOSE;
  const why = ['no space left', onPurpose, `${plural(pending, 'line')} waiting`].filter(Boolean).join(', ');
  return { short: 'disk is full', detail, sentence: `The lake’s disk is full (${why})` };
}
