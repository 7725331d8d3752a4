/**
 * The verdict: compares every reading that was sent with where it is now, and every incident with its mails. Pure, and
 * independent of the pipeline's code.
 */
import type { GivenUp } from './failure-bucket.ts';
import type { Told } from './inbox.ts';
import type { AlertRow, Lake } from './lake.ts';
import type { Sent } from './send-log.ts';

export interface Books {
  sent: Sent;
  lake: Lake;
  givenUp: GivenUp;
  told: readonly Told[];
  checkpoints: ReadonlyMap<string, bigint | 'all'>;
}

export interface ExpectedIncident {
  device: string;
  rule: string;
  /** In order; each exactly once. */
  statuses: readonly ('firing' | 'escalated' | 'resolved')[];
}

export interface Expectation {
  /** If it is missing, any incident is allowed, but each must open once, be resolved at most once, and be mailed. */
  incidents?: readonly ExpectedIncident[];
  /** What is history and nobody was told; nothing by default. */
  silenced?: readonly ExpectedIncident[];
  /** Readings that must be in the failure bucket, and no others; none by default. */
  givenUp?: ReadonlySet<string>;
  /** So many readings the pipeline has said to be lost: exactly those must be missing. None by default. */
  lost?: number;
  /** The producer could not know that its record had arrived, and may have sent it again. */
  readingsMayRepeat?: boolean;
  /** How many mails may be repeated at most, because nothing could know that they had been sent. */
  mailRepeats?: number;
}

export interface Figures {
  sent: number;
  inLake: number;
  repeatedRows: number;
  malformed: number;
  givenUp: number;
  expected: number;
  opened: number;
  resolved: number;
  mails: number;
  repeatedMails: number;
  /** The most mails that came within one second. */
  mailsInASecond: number;
  /** The longest time from the reading to the e-mail, in ms; undefined if no mail belongs to a transition. */
  slowestMailMs: number | undefined;
}

export interface Verdict {
  figures: Figures;
  /** What is wrong, one sentence each; an empty list is the proof. */
  findings: string[];
}

/** SNS disables an e-mail subscription that gets more than ten a second; the detector must stay clear of that. */
const MAX_MAILS_IN_A_SECOND = 9;

export function reconcile(books: Books, expectation: Expectation): Verdict {
  const findings: string[] = [];
  const lake = reconcileReadings(books, expectation, findings);
  reconcileFailures(books, expectation, findings);
  const alerts = [...new Map(books.lake.alerts.map((row) => [row.notificationId, row])).values()];
  if (expectation.incidents) reconcileIncidents(alerts, expectation.incidents, findings);
  else reconcileOpenings(alerts, findings);
  const silenced = [...new Map(books.lake.silenced.map((row) => [row.notificationId, row])).values()];
  reconcileIncidents(silenced, expectation.silenced ?? [], findings);
  const transitions =
    expectation.incidents?.flatMap(({ rule, statuses }) => statuses.map((status) => ({ status, rule }))) ??
    alerts;
  const repeatedMails = reconcileMails(books, transitions, expectation.mailRepeats ?? 0, findings);
  const mailsInASecond = busiestSecond(books.told);
  if (mailsInASecond > MAX_MAILS_IN_A_SECOND) {
    findings.push(`${mailsInASecond} mails came within a second; at most ${MAX_MAILS_IN_A_SECOND} may`);
  }
  return {
    findings,
    figures: {
      ...lake,
      malformed: books.lake.malformed,
      givenUp: books.givenUp.readings.size,
      expected: countOf(transitions, 'firing'),
      opened: countOf(alerts, 'firing'),
      resolved: countOf(alerts, 'resolved'),
      mails: books.told.length,
      repeatedMails,
      mailsInASecond,
      slowestMailMs: slowestMail(books),
    },
  };
}

function reconcileReadings(
  { sent, lake }: Books,
  { readingsMayRepeat, lost: saidLost = 0 }: Expectation,
  findings: string[],
) {
  const lost: string[] = [];
  const repeated: string[] = [];
  let sentTimes = 0;
  let inLake = 0;
  let repeatedRows = 0;
  for (const [key, times] of sent.acked) {
    const rows = (lake.readings.get(key) ?? 0) + (lake.inErrors.get(key) ?? 0);
    if (rows < times) lost.push(key);
    sentTimes += times;
    inLake += Math.min(times, lake.readings.get(key) ?? 0);
    if (rows <= times) continue;
    repeatedRows += rows - times;
    repeated.push(key);
  }
  if (saidLost === 0) note(findings, lost, 'sent and neither in the lake nor under the error prefix');
  else if (lost.length !== saidLost)
    findings.push(`${saidLost} readings were said to be lost; ${lost.length} are missing`);
  if (!readingsMayRepeat) note(findings, repeated, 'more often in the lake than sent');
  const unknown = [...lake.readings].filter(([key]) => !sent.acked.has(key) && !sent.uncertain.has(key));
  reconcileMalformed(sent.malformed, lake.malformed, unknown, readingsMayRepeat === true, findings);
  return { sent: sentTimes, inLake, repeatedRows };
}

/**
 * A line that is not a reading is under the error prefix, or it is a row if Firehose could make one: a missing field is
 * null, and text that is not a time is still text.
 */
function reconcileMalformed(
  sent: number,
  inErrors: number,
  unknown: readonly (readonly [key: string, rows: number])[],
  mayRepeat: boolean,
  findings: string[],
): void {
  const rows = unknown.reduce((sum, [, times]) => sum + times, 0);
  const missing = sent - inErrors - rows;
  if (missing > 0) findings.push(`${missing} of ${sent} malformed lines are nowhere`);
  if (missing >= 0 || mayRepeat) return;
  const odd = unknown.map(([key]) => key);
  if (odd.length > 0) note(findings, odd, 'in the lake and never sent');
  else findings.push(`${-missing} lines under the error prefix that were never sent`);
}

function reconcileFailures(
  { sent, givenUp, checkpoints }: Books,
  expectation: Expectation,
  findings: string[],
) {
  const wanted = expectation.givenUp ?? new Set<string>();
  note(
    findings,
    [...givenUp.readings].filter((key) => !wanted.has(key)),
    'in the failure bucket, which nobody expected',
  );
  note(
    findings,
    [...wanted].filter((key) => !givenUp.readings.has(key)),
    'expected in the failure bucket and not there',
  );
  for (const [shard, last] of sent.lastOfShard) {
    const at = checkpoints.get(shard);
    if (at === 'all' || (at !== undefined && at >= last)) continue;
    findings.push(`${shard}: the detector has not come to the last record that was sent`);
  }
}

function reconcileIncidents(
  alerts: readonly AlertRow[],
  incidents: readonly ExpectedIncident[],
  findings: string[],
): void {
  const found = new Map<string, string[]>();
  for (const { deviceId, rule, status } of alerts.toSorted((a, b) => a.atMs - b.atMs)) {
    const key = `${deviceId} ${rule}`;
    found.set(key, [...(found.get(key) ?? []), status]);
  }
  const wrong: string[] = [];
  for (const { device, rule, statuses } of incidents) {
    const key = `${device} ${rule}`;
    const got = found.get(key) ?? [];
    if (got.join() !== statuses.join())
      wrong.push(`${key}: expected ${statuses.join(', ')}, got ${got.join(', ') || 'nothing'}`);
    found.delete(key);
  }
  note(findings, wrong, 'with another history than expected', 'incidents');
  note(findings, [...found.keys()], 'that should never have opened', 'incidents');
}

function reconcileOpenings(alerts: readonly AlertRow[], findings: string[]): void {
  const wrong: string[] = [];
  for (const id of new Set(alerts.map(({ incidentId }) => incidentId))) {
    const of = alerts.filter(({ incidentId }) => incidentId === id);
    if (countOf(of, 'firing') !== 1 || countOf(of, 'resolved') > 1) wrong.push(id);
  }
  note(findings, wrong, 'that did not open once and end once at most', 'incidents');
}

interface Transition {
  status: string;
  rule: string;
  /** Number of transitions; 1 by default. */
  count?: number;
}

/** How many transitions were mailed more than once. */
function reconcileMails(
  { lake, told }: Books,
  transitions: readonly Transition[],
  allowed: number,
  findings: string[],
): number {
  const toldBy = (list: readonly Transition[]) => {
    const sums = new Map<string, number>();
    for (const { status, rule, count = 1 } of list) {
      const key = `${status} ${rule}`;
      sums.set(key, (sums.get(key) ?? 0) + count);
    }
    return sums;
  };
  const expected = toldBy(transitions);
  const got = toldBy(told);
  let repeats = 0;
  for (const key of new Set([...expected.keys(), ...got.keys()])) {
    const surplus = (got.get(key) ?? 0) - (expected.get(key) ?? 0);
    if (surplus < 0) findings.push(`${-surplus} of ${expected.get(key)} "${key}" were never mailed`);
    else repeats += surplus;
  }
  if (repeats > allowed)
    findings.push(`${repeats} notifications were mailed again; at most ${allowed} may be`);
  const rowsAgain = lake.alerts.length - new Set(lake.alerts.map((row) => row.notificationId)).size;
  if (rowsAgain > allowed)
    findings.push(`${rowsAgain} rows of the table alerts are repeated; at most ${allowed} may be`);
  return repeats;
}

/** Of all seconds, whenever they begin. */
function busiestSecond(told: readonly Told[]): number {
  const times = told.map(({ receivedMs }) => receivedMs).toSorted((a, b) => a - b);
  let [most, first] = [0, 0];
  for (const [i, time] of times.entries()) {
    while (time - (times[first] as number) >= 1000) first += 1;
    most = Math.max(most, i - first + 1);
  }
  return most;
}

/** A digest does not name notifications: for it, the first mail of that rule and status that came afterwards counts. */
function slowestMail({ lake, told }: Books): number | undefined {
  const delays = lake.alerts.flatMap(({ notificationId, rule, status, atMs }) => {
    const mail =
      told.find((one) => one.notificationId === notificationId) ??
      told.find((one) => one.rule === rule && one.status === status && one.receivedMs >= atMs);
    return mail ? [mail.receivedMs - atMs] : [];
  });
  return delays.length > 0 ? Math.max(...delays) : undefined;
}

const countOf = (list: readonly { status: string }[], status: string) =>
  list.filter((one) => one.status === status).length;

/** A finding that names the first few. */
function note(findings: string[], keys: readonly string[], what: string, noun = 'readings'): void {
  if (keys.length === 0) return;
  const more = keys.length > 3 ? ', …' : '';
  findings.push(`${keys.length} ${noun} ${what}: ${keys.slice(0, 3).join(', ')}${more}`);
}
