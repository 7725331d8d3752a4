// The form that puts an anomaly into a device, and the button that pauses the fleet.
import { postJson } from './api.js';
import { button, el, fillEach, select, setText } from './dom.js';

/** @import { About } from '../page-state.ts' */
/** @import { Device } from './fleet-data.js' */
/** @import { Attempt } from './api.js' */

/** @typedef {ReturnType<typeof createInjectForm>} InjectForm */

const KINDS = {
  sustained: 'stays far too high',
  spike: 'jumps for a few readings',
  drift: 'rises slowly',
  stuck: 'shows the same value',
  noise: 'jitters wildly',
  dropout: 'falls silent',
  shift: 'stays a little too high',
};
const SECONDS = 20;
/** Their rules wait for five minutes. @type {Record<string, number>} */
const LONG = { stuck: 420, dropout: 420 };

/** @param {About} about @param {() => boolean} isPaused @param {Attempt} attempt */
export function createInjectForm(about, isPaused, attempt) {
  const device = deviceInput();
  const devices = el('datalist', { id: 'play-devices' });
  const kind = select(
    'Kind of anomaly',
    Object.entries(KINDS).map(([name, what]) => [name, `${name}: ${what}`]),
  );
  const metric = select(
    'Metric',
    about.metrics.map(({ name, label }) => [name, label]),
  );
  const inject = attempt(async () => {
    const device_id = device.value.trim();
    const seconds = LONG[kind.value] ?? SECONDS;
    const command = { device_id, kind: kind.value, metric: metric.value, seconds };
    await postJson('/api/fleet', { type: 'inject', ...command });
    const wait = seconds > SECONDS ? '5 minutes' : 'a few readings';
    return `${device_id}: ${kind.value} for ${seconds} s. The rule fires after ${wait}.`;
  });
  const toggle = attempt(async () => {
    const type = isPaused() ? 'resume' : 'pause';
    await postJson('/api/fleet', { type });
    return type === 'pause' ? 'The fleet is paused: nothing is sent.' : 'The fleet goes on.';
  });
  const pause = button('Pause fleet', toggle, { id: 'play-pause' });
  /** @param {SubmitEvent} event */
  const onsubmit = (event) => {
    event.preventDefault();
    inject();
  };
  return {
    element: el(
      'form.group',
      { onsubmit },
      el('span.label', 'Make it happen'),
      device,
      devices,
      kind,
      metric,
      el('button.primary', 'Inject anomaly'),
      pause,
    ),
    /** @param {boolean} paused */
    showPaused: (paused) => setText(pause, paused ? 'Resume fleet' : 'Pause fleet'),
    /** @param {Device[]} list */
    showDevices(list) {
      fillEach(devices, [...new Set(list.map(({ device_id }) => device_id))], (id) =>
        el('option', { value: id }),
      );
    },
  };
}

const deviceInput = () =>
  el('input', {
    id: 'play-device',
    list: 'play-devices',
    value: 'dev-7',
    size: 8,
    'aria-label': 'Device',
    spellcheck: 'false',
    autocomplete: 'off',
  });
