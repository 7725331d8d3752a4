/** The first page, in the order of an operator's questions: does data flow, what fires, how are the devices, what is stored. */
import { METRIC_UNITS, METRICS } from '../../../services/contract/reading.ts';
import { type Html, html } from './html.ts';
import { ago, count, page, size } from './layout.ts';
import { type ConsoleIncident, type ConsoleSnapshot, MAX_DEVICES_SHOWN } from './snapshot.ts';

/** `flags` are those that make a command talk to this runtime, such as `--local`. */
export function fleetPage(snapshot: ConsoleSnapshot, flags: string, now: number): Html {
  return page(
    'Fleet',
    'fleet',
    html`<h1 class="sr">Fleet</h1>
${flow(snapshot, now)}
${incidents(snapshot, now)}
${fleet(snapshot, flags, now)}
${files(snapshot, now)}
${next(snapshot, flags)}
${notices(snapshot, now)}
${resources(snapshot, now)}`,
  );
}

function flow({ counts, fleet }: ConsoleSnapshot, now: number): Html {
  const last = fleet.devices
    .map(({ timestamp }) => timestamp)
    .sort()
    .at(-1);
  const stat = (name: string, value: string, detail: Html | string = '', bad = false) =>
    html`<div${bad && html` class="bad"`}><dt>${name}</dt><dd>${value} <small>${detail}</small></dd></div>`;
  return html`<section aria-label="Data flow">
<dl class="stats">
${stat('Readings', count(counts.readings), last === undefined ? 'none yet' : html`last ${ago(last, now)}`)}
${stat('Malformed', count(counts.malformed), counts.malformed > 0 ? 'in the error prefix' : '', counts.malformed > 0)}
${stat('Invocations', count(counts.invocations), counts.failedInvocations > 0 ? `${count(counts.failedInvocations)} failed` : '', counts.failedInvocations > 0)}
${stat('Rows in the lake', count(counts.inLake))}
${stat('Mails', count(counts.mails), html`<a href="/inbox">inbox</a>`)}
</dl>
</section>`;
}

const incidentKey = ({ site_id, device_id }: { site_id: string; device_id: string }) =>
  `${site_id}/${device_id}`;

function incidents(snapshot: ConsoleSnapshot, now: number): Html {
  const firing = snapshot.incidents.filter(({ state }) => state === 'firing').length;
  const sorted = [...snapshot.incidents].sort(
    (a, b) => Number(b.state === 'firing') - Number(a.state === 'firing') || b.since.localeCompare(a.since),
  );
  const row = (incident: ConsoleIncident) => html`<tr>
<td><span class="badge ${incident.state === 'firing' ? 'firing' : 'calm'}">${incident.state}</span></td>
<td>${incident.severity}</td>
<th scope="row">${incident.device_id}</th><td>${incident.site_id}</td><td>${incident.rule}</td>
<td class="num">${incident.peak === undefined ? '' : `${incident.peak} ${unitOf(incident.metric)}`}</td>
<td class="num">${incident.threshold}</td>
<td>${ago(incident.since, now)}</td></tr>`;
  return html`<section aria-labelledby="incidents">
<h2 id="incidents">Incidents <small>${firing === 0 ? 'nothing is firing' : `${count(firing)} firing`}</small></h2>
${
  sorted.length === 0
    ? html`<p class="empty">All quiet. The simulator makes anomalies with <code>--anomaly-rate</code>.</p>`
    : table(
        ['State', 'Severity', 'Device', 'Site', 'Rule', 'Peak', 'Threshold', 'Since'],
        sorted.map(row),
        'Open incidents',
      )
}
</section>`;
}

const unitOf = (metric: string) => METRIC_UNITS[metric as keyof typeof METRIC_UNITS] ?? '';

function fleet(snapshot: ConsoleSnapshot, flags: string, now: number): Html {
  const troubled = new Set(snapshot.incidents.map(incidentKey));
  // Those in trouble first: with a thousand devices they would not be on the page otherwise.
  const devices = [...snapshot.fleet.devices]
    .sort(
      (a, b) =>
        Number(troubled.has(incidentKey(b))) - Number(troubled.has(incidentKey(a))) ||
        incidentKey(a).localeCompare(incidentKey(b)),
    )
    .slice(0, MAX_DEVICES_SHOWN);
  const { total } = snapshot.fleet;
  const rows = devices.map(
    (device) => html`<tr>
<th scope="row">${device.device_id}${troubled.has(incidentKey(device)) && html` <span class="badge firing">incident</span>`}</th>
<td>${device.site_id}</td>
${METRICS.map((metric) => html`<td class="num">${device[metric].toFixed(1)} ${METRIC_UNITS[metric]}</td>`)}
<td>${ago(device.timestamp, now)}</td></tr>`,
  );
  return html`<section aria-labelledby="fleet">
<h2 id="fleet">Fleet <small>${count(total)} ${total === 1 ? 'device' : 'devices'}${devices.length < total && `, ${devices.length} shown`}</small></h2>
${
  rows.length === 0
    ? html`<p class="empty">No device has sent yet. Start some: <code>npm run simulate -- ${flags}</code></p>`
    : table(
        ['Device', 'Site', 'Temperature', 'CPU', 'RAM', 'HD', 'Last reading'],
        rows,
        'Last reading of each device',
      )
}
</section>`;
}

function files(snapshot: ConsoleSnapshot, now: number): Html {
  const rows = snapshot.files.map(
    (file) => html`<tr>
<td>${ago(file.at, now)}</td>
<td><span class="badge ${file.kind === 'error' ? 'firing' : 'calm'}">${file.kind}</span></td>
<td class="num">${count(file.rows)}</td><td class="num">${size(file.bytes)}</td>
<td class="path">${file.bucket}/${file.key}</td></tr>`,
  );
  return html`<section aria-labelledby="lake">
<h2 id="lake">Last files in the lake</h2>
${
  rows.length === 0
    ? html`<p class="empty">None yet: the delivery stream writes a file when its buffer is full or its interval is over.</p>`
    : table(['Written', 'Kind', 'Rows', 'Size', 'Object'], rows, 'Last files in the lake')
}
</section>`;
}

function next({ endpoint }: ConsoleSnapshot, flags: string): Html {
  const commands: [string, string][] = [
    [`npm run query -- ${flags}`, 'List the saved queries; add a name or SQL to run one'],
    [`npm run subscribe -- you@example.com ${flags}`, 'Get the alerts by e-mail, in the inbox here'],
    [`npm run simulate -- ${flags} --devices 50 --anomaly-rate 0.01`, 'Add devices'],
    [`aws --endpoint-url ${endpoint} kinesis list-streams`, 'Any AWS tool, with any credentials'],
  ];
  return html`<section aria-labelledby="next">
<h2 id="next">What to type next</h2>
<dl class="commands">${commands.map(([command, what]) => html`<div><dt><code>${command}</code></dt><dd>${what}</dd></div>`)}</dl>
</section>`;
}

function notices(snapshot: ConsoleSnapshot, now: number): Html | false {
  if (snapshot.notices.length === 0) return false;
  return html`<section aria-labelledby="notices">
<h2 id="notices">Notices</h2>
<ul>${snapshot.notices.map(
    ({ level, text, at }) =>
      html`<li><span class="badge ${level === 'info' ? 'calm' : 'firing'}">${level}</span> ${text} <small>${ago(at, now)}</small></li>`,
  )}</ul>
</section>`;
}

function resources(snapshot: ConsoleSnapshot, now: number): Html {
  const rows = snapshot.resources.map(
    ({ logicalId, type, mode }) =>
      html`<tr><th scope="row" class="path">${logicalId}</th><td>${type}</td><td>${mode}</td></tr>`,
  );
  const local = snapshot.resources.filter(({ mode }) => mode === 'local').length;
  return html`<section>
<details id="resources">
<summary>Resources of the template: ${local} of ${rows.length} run here</summary>
${table(['Resource', 'Type', 'Mode'], rows, 'Resources of the template')}
</details>
<p><small>Version ${snapshot.version}, started ${ago(snapshot.startedAt, now)}, AWS endpoint <code>${snapshot.endpoint}</code></small></p>
</section>`;
}

/** Wide tables scroll within themselves, reachable by keyboard, so that the page does not. */
const table = (head: string[], rows: Html[], label: string): Html =>
  html`<div class="scroll" role="region" aria-label="${label}" tabindex="0"><table>
<thead><tr>${head.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${rows}</tbody></table></div>`;
