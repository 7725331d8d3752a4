/** The output of `npm start`: pure functions from facts to lines of at most 80 columns. */
import { styleText } from 'node:util';
import type { Verdict } from '../../../services/contract/advice.ts';
import { formatNumber, plural, wrap } from '../../cli/text.ts';
import type { RuntimeEvent } from '../../emulator/base/events.ts';
import type { NodeChoice } from '../../emulator/lambda/node-choice.ts';
import type { ResourceRow } from '../../emulator/registry.ts';
import type { RuntimeCounts } from '../runtime.ts';

type Style = Parameters<typeof styleText>[0];

/** Colours a text, or leaves it unchanged where colours are off. */
export type Paint = (style: Style, text: string) => string;
export const painter =
  (colours: boolean): Paint =>
  (style, text) =>
    colours ? styleText(style, text, { validateStream: false }) : text;

const WIDTH = 80;

export function banner(version: string, elapsedMs: number, endpoint: string, paint: Paint): string[] {
  return [
    `${paint('bold', 'Streamwatch')} ${version}  ready in ${formatMs(elapsedMs)}`,
    '',
    `  Page          ${paint('cyan', `${endpoint}/`)}`,
    `  Inbox         ${paint('cyan', `${endpoint}/inbox`)}`,
    `  AWS endpoint  ${paint('cyan', endpoint)}`,
  ];
}

/** With the address again, as the first lines may have scrolled away. */
export const readyLine = (endpoint: string, hasKeys: boolean, paint: Paint): string =>
  `Ready. Page and AWS endpoint: ${paint('cyan', endpoint)}${hasKeys ? paint('dim', '  Press ? for keys.') : ''}`;

const HEAD = '  Runs here     ';

/** How much of the template runs, by which services; `npm start -- --resources` has each resource. */
export function whatRuns(rows: ResourceRow[], paint: Paint): string[] {
  const local = rows.filter(({ mode }) => mode === 'local');
  const services = [...new Set(local.map(({ type }) => type.split('::')[1] ?? type))];
  const policies = rows.filter(({ mode }) => mode === 'enforced').length;
  const others = rows.length - local.length - policies;
  const told = [
    `${local.length} of the template's ${plural(rows.length, 'resource')} (${services.join(', ')})`,
    ...(policies > 0 ? [`${plural(policies, 'role or policy', 'roles and policies')} enforced`] : []),
    ...(others > 0 ? [`${others} not emulated`] : []),
  ];
  const [first = '', ...rest] = wrap(`${told.join('; ')}. Each: npm start -- --resources`, HEAD);
  return [HEAD + paint('dim', first.slice(HEAD.length)), ...rest.map((line) => paint('dim', line))];
}

/** A line where functions do not run on the Node.js of their runtime. */
export function nodeNotes(nodes: ReadonlyMap<string, NodeChoice>, paint: Paint): string[] {
  const others = [...nodes].filter(([, { isDeployed }]) => !isDeployed);
  return others.map(([runtime, { version }]) => {
    const line = `${version} runs functions, not ${runtime}: npm run lambda-node`;
    return `  Node.js       ${paint('dim', line)}`;
  });
}

/** What the AWS command line asks for although nobody checks it. It reads the region from no other variable. */
const ANY_CREDENTIALS = 'AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any AWS_DEFAULT_REGION=us-east-1';

/** Commands to type next, in another terminal. */
export function nextSteps(endpoint: string, local: string, paint: Paint): string[] {
  const steps: [string, string][] = [
    [`npm run incidents -- ${local}`, 'what is open now'],
    [`npm run query -- fleet-now ${local}`, 'history, as Athena would answer'],
    [`npm run subscribe -- you@example.org ${local}`, 'alerts to one more address'],
    [`npm run simulate -- ${local} --seed 2 --duration 1m`, 'more devices'],
    [
      `${ANY_CREDENTIALS} \\\n    aws --endpoint-url ${endpoint} kinesis list-streams`,
      'any AWS client, with any credentials',
    ],
  ];
  return [
    paint('bold', 'Next, in another terminal'),
    ...steps.flatMap(([command, why]) => step(command, why, paint)),
  ];
}

function step(command: string, why: string, paint: Paint): string[] {
  const oneLine = `  ${command.padEnd(44)}  ${paint('dim', `# ${why}`)}`;
  return Math.max(command.length, 44) + why.length + 6 <= WIDTH
    ? [oneLine]
    : [`  ${paint('dim', `# ${why}`)}`, ...`  ${command}`.split('\n')];
}

export function eventLines(event: RuntimeEvent, time: string, paint: Paint): string[] {
  const line = (label: string, text: string, style?: Style) => entry(time, label, text, paint, style);
  switch (event.type) {
    case 'invocation': {
      const what = `${plural(event.records, 'record')} in ${formatMs(event.durationMs)}`;
      if (event.outcome === 'ok') return line('detector', what);
      // Its error is the number of a record, which says nothing to a person; the page knows what was refused.
      if (event.outcome === 'partial')
        return line(
          'detector',
          `${what}: a part of them failed, and is tried again (why: on the page)`,
          'red',
        );
      return line('detector', `${what}: ${event.outcome}${event.error ? `, ${event.error}` : ''}`, 'red');
    }
    case 'batch-abandoned':
      return line(
        'detector',
        `gave up ${plural(event.records, 'record')} → failure bucket: ${event.reason}`,
        'red',
      );
    case 'delivery':
      return event.objects.flatMap(({ key, rows, kind }) =>
        kind === 'data'
          ? line('delivery', `${plural(rows, 'row')} → ${folderOf(key)}`)
          : line('delivery', `${plural(rows, 'malformed line')} → ${folderOf(key)}`, 'yellow'),
      );
    case 'mail':
      return line('e-mail', event.subject, 'magenta');
    case 'alarm': {
      const { text, style } = ALARM_WORDS[event.state];
      return line('alarm', `${alarmTitle(event.name)} ${text}: ${event.reason}`, style);
    }
    case 'query':
      return line('athena', `${event.state.toLowerCase()} in ${formatMs(event.durationMs)}`);
    case 'notice':
      return line(event.level, event.text, NOTICE_STYLES[event.level]);
  }
}

/** Without the name of the stack and what CDK appends: as the runbook's heading. */
const alarmTitle = (name: string) => name.replace(/^.*-Operations|[0-9A-F]{8}$/g, '');

const ALARM_WORDS: Record<'OK' | 'ALARM' | 'INSUFFICIENT_DATA', { text: string; style: Style }> = {
  ALARM: { text: 'rings', style: 'red' },
  INSUFFICIENT_DATA: { text: 'rings, its metric has ended', style: 'red' },
  OK: { text: 'is quiet again', style: 'green' },
};

const NOTICE_STYLES: Record<'info' | 'warning' | 'error', Style | undefined> = {
  info: undefined,
  warning: 'yellow',
  error: 'red',
};

const LABEL_WIDTH = 10;

/** Time, label and text, which is wrapped with an indent. */
export function entry(time: string, label: string, text: string, paint: Paint, style?: Style): string[] {
  const indent = time.length + LABEL_WIDTH + 4;
  return wrap(text, '', WIDTH - indent).map((part, i) => {
    const shown = style ? paint(style, part) : part;
    return i === 0
      ? `${paint('dim', time)}  ${label.padEnd(LABEL_WIDTH)}  ${shown}`
      : ' '.repeat(indent) + shown;
  });
}

/**
 * The closing summary: where each received reading is now.
 * @param sentByFleet undefined without a fleet, or without its report
 * @param atGateways readings that wait on the disks of gateways
 */
export function summary(
  counts: RuntimeCounts,
  sentByFleet: number | undefined,
  paint: Paint,
  atGateways = 0,
): string[] {
  const { received, inLake, malformed, lost, pending } = counts.delivery;
  const accounted = inLake + malformed + lost + pending;
  const rows: [string, string][] = [];
  if (sentByFleet !== undefined) rows.push(['Readings sent by the fleet', formatNumber(sentByFleet)]);
  if (atGateways > 0) rows.push(['  at gateways until a next --edge', formatNumber(atGateways)]);
  rows.push(
    ['Lines received by the stream', formatNumber(received)],
    ['  in the lake', formatNumber(inLake)],
    ['  malformed, in the error prefix', formatNumber(malformed)],
  );
  if (lost > 0) rows.push(['  lost before delivery (below)', formatNumber(lost)]);
  if (pending > 0) rows.push(['  not delivered yet', formatNumber(pending)]);
  rows.push(
    ...notEvaluated(counts),
    ['Detector invocations', formatNumber(counts.invocations)],
    ['Incidents opened / resolved', `${formatNumber(counts.opened)} / ${formatNumber(counts.resolved)}`],
    ['E-mails', formatNumber(counts.mails)],
  );
  if (counts.abandoned > 0) rows.push(['Records in the failure bucket', formatNumber(counts.abandoned)]);
  if (counts.denials.length > 0) rows.push(['Denied by IAM (below)', formatNumber(counts.denials.length)]);
  const width = Math.max(...rows.map(([, value]) => value.length));
  const lines = rows.map(([label, value]) => `  ${label.padEnd(32)} ${value.padStart(width)}`);
  if (accounted !== received)
    lines.push(paint('red', `  ${formatNumber(Math.abs(received - accounted))} unaccounted for`));
  for (const loss of counts.losses) {
    lines.push(...wrap(`Lost: ${loss}`, '  ').map((line) => paint('red', line)));
  }
  for (const denial of counts.denials) {
    lines.push(...wrap(`IAM denied ${denial}`, '  ').map((line) => paint('red', line)));
  }
  return [paint('bold', 'Summary'), ...lines];
}

/** A row for each verdict that there was. */
const notEvaluated = ({ notEvaluated: readings = {} }: RuntimeCounts): [string, string][] =>
  Object.entries(readings).map(([verdict, count]) => [
    NOT_EVALUATED[verdict as Verdict],
    formatNumber(count),
  ]);
const NOT_EVALUATED: Record<Verdict, string> = {
  refused: 'Not evaluated: refused',
  foreign: 'Not evaluated: of another site',
  skewed: 'Not evaluated: clock ahead',
  late: 'Not evaluated: late or repeated',
  'set-back': 'From a clock that was set back',
  'sent-ahead': 'In a day to come of the lake',
};

const formatMs = (ms: number) => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`);
/** The folder of an object, without its long file name. */
const folderOf = (key: string) => key.slice(0, key.lastIndexOf('/') + 1);
