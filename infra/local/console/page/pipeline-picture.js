// The elements of the pipeline's picture: a box for each stage that the template has, and arrows between them.
import { byId, el, fill, setAttribute, setText } from './dom.js';

/** @import { About, FleetState } from '../page-state.ts' */
/** @import { ArrowName, ShownArrow, ShownStage, StageName } from './stages.js' */

/** @type {Record<StageName, [title: string, service: string]>} */
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
/** Stages that come from no resource of the template. */
const ALWAYS = new Set(['fleet', 'inbox']);

/** @param {StageName} name */
export const stageTitle = (name) => TITLES[name][0];

/** The picture, and what brings it up to date. */
export function createPicture() {
  /** @type {Map<StageName, { element: HTMLElement, state: HTMLElement, side: HTMLElement }>} */
  const stages = new Map();
  /** @type {Map<ArrowName, { element: HTMLElement, label: HTMLElement }>} */
  const arrows = new Map();

  /** @type {(name: StageName, about: About, service?: string) => HTMLElement | false} */
  function stage(name, about, service = TITLES[name][1]) {
    const resource = about.stages.find(({ role }) => role === name);
    if (!resource && !ALWAYS.has(name)) return false;
    const state = el('span', { class: 'state' });
    const side = el('ul', { class: 'side' });
    const settings = resource ? [resource.id, ...resource.settings] : [];
    const element = el(
      'li',
      { class: 'stage', id: `stage-${name}`, title: settings.join('\n'), 'data-state': 'idle' },
      el('strong', {}, stageTitle(name)),
      el('span', { class: 'service' }, service),
      state,
      side,
    );
    stages.set(name, { element, state, side });
    return element;
  }

  /** @param {ArrowName} name */
  function arrow(name) {
    const label = el('span', {});
    const element = el('li', { class: 'arrow', id: `arrow-${name}` }, label);
    arrows.set(name, { element, label });
    return element;
  }

  return {
    /** @type {(parts: { about: About, fleet?: FleetState | null }) => void} */
    draw({ about, fleet }) {
      stages.clear();
      fill(
        byId('pipeline-picture'),
        el(
          'ol',
          { class: 'trunk', 'aria-label': 'From the devices' },
          stage('fleet', about, fleet ? undefined : 'devices'),
          arrow('in'),
          stage('stream', about),
        ),
        el(
          'div',
          { class: 'lanes' },
          el(
            'ol',
            { class: 'lane', 'aria-label': 'Into the lake' },
            arrow('toDelivery'),
            stage('delivery', about),
            arrow('toLake'),
            stage('lake', about),
            arrow('toCatalog'),
            stage('catalog', about),
          ),
          el(
            'ol',
            { class: 'lane', 'aria-label': 'To the inbox' },
            arrow('toDetector'),
            stage('detector', about),
            arrow('toTopic'),
            stage('topic', about),
            arrow('toInbox'),
            stage('inbox', about),
          ),
        ),
      );
    },
    /** @type {(name: StageName, shown: ShownStage) => void} */
    showStage(name, [state, text, ...side]) {
      const node = stages.get(name);
      if (!node) return;
      setAttribute(node.element, 'data-state', state);
      setText(node.state, text);
      const lines = side.filter((line) => typeof line === 'string');
      if (node.side.textContent === lines.join('')) return;
      fill(
        node.side,
        lines.map((line) => el('li', { title: line }, line)),
      );
    },
    /** @type {(name: ArrowName, shown: ShownArrow) => void} */
    showArrow(name, [flows, text]) {
      const node = arrows.get(name);
      if (!node) return;
      node.element.classList.toggle('flowing', flows);
      setText(node.label, text);
    },
  };
}
