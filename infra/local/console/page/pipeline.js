// The picture of the pipeline: its stages from the template, rates on the arrows, and which stage stands still or fails.
import { byId, el, fill, setAttribute, setText } from './dom.js';
import { count, plural, rate, span } from './format.js';

const TITLES = {
  fleet: ['Fleet', 'simulator'],
  stream: ['Stream', 'Kinesis'],
  delivery: ['Delivery', 'Data Firehose'],
  lake: ['Lake', 'S3, Parquet'],
  catalog: ['History', 'Athena'],
  detector: ['Detector', 'Lambda'],
  topic: ['Alerts', 'SNS topic'],
  inbox: ['Inbox', 'e-mail'],
};
/** Rates are taken over this time. */
const RATE_MS = 4_000;
/** Without a sign of life for so long, a stage stands still. */
const STILL_MS = 6_000;
/** A delivery may take a few buffer intervals. */
const DELIVERY_STILL_MS = 20_000;

export function createPipeline(store) {
  const nodes = {};
  const past = [];

  function build({ about, fleet }) {
    const has = new Set(about.stages.map(({ role }) => role));
    const node = (role, hasIt = true) => {
      if (!hasIt) return false;
      const [title, service] = TITLES[role];
      const stage = about.stages.find((one) => one.role === role);
      const settings = [stage?.id, ...(stage?.settings ?? [])].filter(Boolean).join('\n');
      nodes[role] = {
        state: el('span', { class: 'state' }),
        side: el('ul', { class: 'side' }),
      };
      nodes[role].element = el(
        'li',
        { class: 'stage', id: `stage-${role}`, title: settings, 'data-state': 'idle' },
        el('strong', {}, title),
        el('span', { class: 'service' }, service),
        nodes[role].state,
        nodes[role].side,
      );
      return nodes[role].element;
    };
    const arrow = (name) => {
      nodes[name] = { label: el('span', {}) };
      nodes[name].element = el('li', { class: 'arrow', id: `arrow-${name}` }, nodes[name].label);
      return nodes[name].element;
    };
    fill(
      byId('pipeline-picture'),
      el(
        'ol',
        { class: 'trunk', 'aria-label': 'From the devices' },
        node('fleet'),
        arrow('in'),
        node('stream', has.has('stream')),
      ),
      el(
        'div',
        { class: 'lanes' },
        el(
          'ol',
          { class: 'lane', 'aria-label': 'Into the lake' },
          arrow('toDelivery'),
          node('delivery', has.has('delivery')),
          arrow('toLake'),
          node('lake', has.has('lake')),
          arrow('toCatalog'),
          node('catalog', has.has('catalog')),
        ),
        el(
          'ol',
          { class: 'lane', 'aria-label': 'To the inbox' },
          arrow('toDetector'),
          node('detector', has.has('detector')),
          arrow('toTopic'),
          node('topic', has.has('topic')),
          arrow('toInbox'),
          node('inbox'),
        ),
      ),
    );
    if (!fleet) setText(nodes.fleet.element.querySelector('.service'), 'devices');
  }

  function show(role, state, text, ...side) {
    const node = nodes[role];
    if (!node) return;
    setAttribute(node.element, 'data-state', state);
    setText(node.state, text);
    const lines = side.filter(Boolean);
    if (node.side.textContent !== lines.join(''))
      fill(
        node.side,
        lines.map((line) => el('li', { title: line }, line)),
      );
  }

  function label(name, flowing, text) {
    const node = nodes[name];
    if (!node) return;
    node.element.classList.toggle('flowing', flowing);
    setText(node.label, text);
  }

  /** Growth per second of a count in the last seconds. */
  function speed(name) {
    const last = past.at(-1);
    const first = past.find(({ now }) => last.now - now <= RATE_MS) ?? last;
    return last === first ? 0 : (1000 * (last[name] - first[name])) / (last.now - first.now);
  }

  function update({ counts, vitals, fleet, state, mails, about, incidents }) {
    past.push({ ...counts });
    while (past.length > 1 && counts.now - past[0].now > 15_000) past.shift();
    const stages = stagesOf({ counts, vitals, fleet, state, mails, about, incidents, speed });
    for (const [role, [kind, text, ...side]] of Object.entries(stages.stages))
      show(role, kind, text, ...side);
    for (const [name, [flowing, text]] of Object.entries(stages.arrows)) label(name, flowing, text);
    const bad = Object.entries(stages.stages).filter(([, [kind]]) => kind === 'failing' || kind === 'still');
    setText(
      byId('pipeline-note'),
      bad
        .map(([role, [kind]]) => `${TITLES[role][0]} ${kind === 'failing' ? 'is failing' : 'stands still'}`)
        .concat(vitals.failedInvocations > 0 ? vitals.failure : [])
        .join('. '),
    );
  }

  store.on(['about'], build);
  store.on(['about', 'counts', 'vitals', 'mails', 'incidents'], update);
  return { speed: (name) => (past.length ? speed(name) : 0) };
}

/** Words and states of every stage: `flowing`, `idle`, `still`, `failing`. Pure. */
export function stagesOf({ counts, vitals, fleet, state, mails, incidents, speed }) {
  const { now, lastReading } = counts;
  const sinceReading = lastReading ? now - lastReading.atMs : undefined;
  const inRate = speed('received');
  const flows = inRate > 0 || (sinceReading !== undefined && sinceReading < RATE_MS && !fleet?.paused);
  const refused = (service) => vitals.refused[service] ?? 0;
  const failing = (service) =>
    refused(service) > 0 && ['failing', `${plural(refused(service), 'call')} refused`];
  const sinceInvocation = vitals.invocation ? now - vitals.invocation.at : undefined;
  const sinceDelivery = vitals.deliveredAt ? now - vitals.deliveredAt : undefined;
  const waiting = incidents.filter(
    ({ timeline, state: one }) => timeline.length === 0 && one !== 'pending',
  ).length;

  const stages = {
    fleet: fleet
      ? !fleet.running
        ? ['still', 'stopped']
        : fleet.paused
          ? ['idle', 'paused']
          : [flows ? 'flowing' : 'idle', plural(fleet.devices, 'device')]
      : [flows ? 'flowing' : 'idle', counts.devices > 0 ? plural(counts.devices, 'device') : 'nobody yet'],
    stream: failing('kinesis') || [
      flows ? 'flowing' : fleet?.running && !fleet.paused && sinceReading > STILL_MS ? 'still' : 'idle',
      sinceReading === undefined
        ? 'waits for readings'
        : flows
          ? 'flowing'
          : `quiet for ${span(sinceReading)}`,
    ],
    delivery:
      counts.pending > 0 && sinceDelivery !== undefined && sinceDelivery > DELIVERY_STILL_MS
        ? ['still', `nothing written for ${span(sinceDelivery)}`, `${count(counts.pending)} waiting`]
        : [flows || counts.pending > 0 ? 'flowing' : 'idle', `${count(counts.pending)} buffered`],
    lake: [
      counts.malformed > 0 ? 'flowing' : counts.inLake > 0 ? 'flowing' : 'idle',
      `${count(counts.inLake)} readings`,
      counts.malformed > 0 && `${plural(counts.malformed, 'line')} in errors/`,
    ],
    catalog: ['idle', 'SQL at any time'],
    detector:
      vitals.failedInvocations > 0
        ? ['failing', `${plural(vitals.failedInvocations, 'failed run')}`, vitals.failure]
        : failing('dynamodb') || [
            sinceInvocation !== undefined && flows && sinceInvocation > STILL_MS
              ? 'still'
              : flows
                ? 'flowing'
                : 'idle',
            vitals.invocation
              ? `${vitals.invocation.records} records in ${span(vitals.invocation.durationMs)}`
              : 'not called yet',
            state > 0 && `${plural(state, 'state item')}`,
            counts.abandoned > 0 && `${plural(counts.abandoned, 'record')} given up`,
          ],
    topic: failing('sns') || [
      waiting > 0 ? 'still' : counts.opened > 0 ? 'flowing' : 'idle',
      waiting > 0 ? `${plural(waiting, 'alert')} waiting` : `${count(counts.opened)} opened`,
    ],
    inbox: [mails.total > 0 ? 'flowing' : 'idle', plural(mails.total, 'mail')],
  };
  const recently = (ms) => ms !== undefined && now - ms < 3_000;
  return {
    stages,
    arrows: {
      in: [flows, `${rate(inRate)} /s`],
      toDelivery: [flows, `${rate(inRate)} /s`],
      toLake: [recently(vitals.deliveredAt), sinceDelivery === undefined ? '' : `${span(sinceDelivery)} ago`],
      toCatalog: [false, ''],
      toDetector: [flows && stages.detector[0] === 'flowing', `${rate(speed('evaluated'))} /s`],
      toTopic: [recently(vitals.mailedAt), ''],
      toInbox: [recently(vitals.mailedAt), vitals.mailedAt ? `${span(now - vitals.mailedAt)} ago` : ''],
    },
  };
}
