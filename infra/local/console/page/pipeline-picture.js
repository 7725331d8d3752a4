// The elements of the pipeline's picture: a box for each stage that the template has, and arrows between them.
import { byId, el, fill, fillEach, setAttribute, setText } from './dom.js';

/** @import { About, FleetState } from '../page-state.ts' */
/** @import { Child } from './dom.js' */
/** @import { ArrowName, ShownArrow, ShownStage, StageName } from './stages.js' */

/** @type {Record<string, [title: string, service: string]>} */
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
/** Stages that are not resources of the template. */
const ALWAYS = new Set(['fleet', 'inbox']);

/** @param {string} name */
const stageTitle = (name) => TITLES[name]?.[0] ?? name;

/** @param {StageName} name @param {string} service @param {string[]} settings */
function createStage(name, service, settings) {
  const state = el('span.state');
  const side = el('ul.side');
  const element = el(
    'li.stage',
    { id: `stage-${name}`, title: settings.join('\n'), 'data-state': 'idle' },
    el('strong', stageTitle(name)),
    el('span.service', service),
    state,
    side,
  );
  return { element, state, side };
}

/** @param {ArrowName} name */
function createArrow(name) {
  const label = el('span');
  return { label, element: el('li.arrow', { id: `arrow-${name}` }, label) };
}

export function createPicture() {
  /** @type {Map<string, ReturnType<typeof createStage>>} */
  const stages = new Map();
  /** @type {Map<string, ReturnType<typeof createArrow>>} */
  const arrows = new Map();

  /** @param {StageName} name @param {About} about @param {string} [service] */
  function stage(name, about, service = TITLES[name]?.[1] ?? '') {
    const resource = about.stages.find(({ role }) => role === name);
    if (!resource && !ALWAYS.has(name)) return false;
    const node = createStage(name, service, resource ? [resource.id, ...resource.settings] : []);
    stages.set(name, node);
    return node.element;
  }

  /** @param {ArrowName} name */
  function arrow(name) {
    const node = createArrow(name);
    arrows.set(name, node);
    return node.element;
  }

  return {
    /** @type {(parts: { about: About, fleet?: FleetState | null }) => void} */
    draw({ about, fleet }) {
      stages.clear();
      fill(
        byId('pipeline-picture'),
        layOut((name) => stage(name, about, name === 'fleet' && !fleet ? 'devices' : undefined), arrow),
      );
    },
    /** @type {(name: string, shown: ShownStage) => void} */
    showStage(name, { state, text, side = [] }) {
      const node = stages.get(name);
      if (!node) return;
      setAttribute(node.element, 'data-state', state);
      setText(node.state, text);
      const lines = side.filter((line) => typeof line === 'string');
      if (node.side.textContent === lines.join('')) return;
      fillEach(node.side, lines, (line) => el('li', { title: line }, line));
    },
    /** @type {(name: string, shown: ShownArrow) => void} */
    showArrow(name, [flows, text]) {
      const node = arrows.get(name);
      if (!node) return;
      node.element.classList.toggle('flowing', flows);
      setText(node.label, text);
    },
  };
}

/** @type {(stage: (name: StageName) => Child, arrow: (name: ArrowName) => Child) => Child[]} */
const layOut = (stage, arrow) => [
  el('ol.trunk', { 'aria-label': 'From the devices' }, stage('fleet'), arrow('in'), stage('stream')),
  el(
    'div.lanes',
    el(
      'ol.lane',
      { 'aria-label': 'Into the lake' },
      [arrow('toDelivery'), stage('delivery'), arrow('toLake'), stage('lake'), arrow('toCatalog')],
      stage('catalog'),
    ),
    el(
      'ol.lane',
      { 'aria-label': 'To the inbox' },
      [arrow('toDetector'), stage('detector'), arrow('toTopic'), stage('topic'), arrow('toInbox')],
      stage('inbox'),
    ),
  ),
];
