// Buttons to play with: an anomaly now, a pause, something broken for a while.
import { byId, el, fill, getJson, sendJson, setText } from './dom.js';
import { plural, serverNow } from './format.js';

const KINDS = {
  sustained: 'stays far too high',
  spike: 'jumps for a few readings',
  drift: 'rises slowly',
  stuck: 'shows the same value',
  noise: 'jitters wildly',
  dropout: 'falls silent',
};
const SECONDS = 20;
const BREAK_FOR = '20s';

export function createPlay(store, data, onInjected) {
  const said = el('p', { class: 'said', role: 'status' });
  const say = (text, bad = false) => {
    setText(said, text);
    said.classList.toggle('error', bad);
  };
  const attempt = (work) => async () => {
    try {
      say(await work());
    } catch (error) {
      say(error.message, true);
    }
  };
  let presets;

  function build({ about, fleet }) {
    const device = el('input', {
      id: 'play-device',
      list: 'play-devices',
      value: 'dev-7',
      size: '8',
      'aria-label': 'Device',
      spellcheck: 'false',
      autocomplete: 'off',
    });
    const kind = el(
      'select',
      { 'aria-label': 'Kind of anomaly' },
      Object.entries(KINDS).map(([name, what]) => el('option', { value: name }, `${name}: ${what}`)),
    );
    const metric = el(
      'select',
      { 'aria-label': 'Metric' },
      about.metrics.map(({ name, label }) => el('option', { value: name }, label)),
    );
    const inject = attempt(async () => {
      const command = {
        type: 'inject',
        device_id: device.value.trim(),
        kind: kind.value,
        metric: metric.value,
        seconds: SECONDS,
      };
      await sendJson('/api/fleet', command);
      onInjected(command);
      return `${command.device_id}: ${command.kind} for ${SECONDS} s. The rule has to see a few readings before it fires.`;
    });
    const pause = el(
      'button',
      {
        type: 'button',
        id: 'play-pause',
        onclick: attempt(async () => {
          const type = store.parts.fleet?.paused ? 'resume' : 'pause';
          await sendJson('/api/fleet', { type });
          return type === 'pause' ? 'The fleet is paused: nothing is sent.' : 'The fleet goes on.';
        }),
      },
      'Pause fleet',
    );
    fill(
      byId('play'),
      fleet &&
        el(
          'form',
          {
            class: 'group',
            onsubmit: (event) => {
              event.preventDefault();
              inject();
            },
          },
          el('span', { class: 'label' }, 'Make it happen'),
          device,
          el('datalist', { id: 'play-devices' }),
          kind,
          metric,
          el('button', { class: 'primary' }, 'Inject anomaly'),
          pause,
        ),
      el(
        'div',
        { class: 'group' },
        el('span', { class: 'label' }, `Break something for ${Number.parseInt(BREAK_FOR, 10)} s`),
        el('span', { id: 'presets', class: 'buttons' }),
      ),
      said,
    );
    drawPresets();
  }

  async function drawPresets() {
    presets ??= (await getJson('/api/control/faults')).presets;
    const box = byId('presets');
    if (box)
      fill(
        box,
        presets.map(({ name, title, expect }) =>
          el(
            'button',
            {
              type: 'button',
              title: expect,
              onclick: attempt(async () => {
                await sendJson('/api/control/faults', { preset: name, duration: BREAK_FOR });
                return `${title}. ${expect}`;
              }),
            },
            title,
          ),
        ),
      );
  }

  let known = 0;
  store.on(['about', 'fleet'], ({ about, fleet }) => {
    if (!byId('presets') || Boolean(fleet) !== Boolean(byId('play-pause'))) build({ about, fleet });
    const pause = byId('play-pause');
    if (pause) setText(pause, fleet.paused ? 'Resume fleet' : 'Pause fleet');
  });
  store.on(['faults'], ({ faults }) => {
    drawFaults(faults);
    // What is broken already cannot be broken more.
    for (const button of byId('presets')?.children ?? []) {
      button.disabled = faults.some(({ title }) => title === button.textContent);
    }
  });
  return {
    tick() {
      const list = byId('play-devices');
      if (list && known !== data.devices.length) {
        known = data.devices.length;
        fill(
          list,
          data.devices.map(({ device_id }) => el('option', { value: device_id })),
        );
      }
      for (const node of document.querySelectorAll('[data-until]')) {
        const left = Math.max(0, Math.ceil((Number(node.dataset.until) - serverNow()) / 1000));
        setText(node, ` ${left} s left`);
      }
    },
  };
}

function drawFaults(faults) {
  fill(
    byId('faults'),
    faults.map(({ id, title, hits, until }) =>
      el(
        'li',
        {},
        el('span', { class: 'badge firing' }, 'broken'),
        el('strong', {}, title),
        el(
          'span',
          {},
          `struck ${plural(hits, 'time')},`,
          until ? el('span', { 'data-until': Date.parse(until) }, '') : ' until it is ended',
        ),
        el(
          'button',
          {
            type: 'button',
            onclick: () =>
              sendJson(`/api/control/faults/${encodeURIComponent(id)}`, undefined, 'DELETE').catch(() => {}),
          },
          'End now',
        ),
      ),
    ),
  );
}
