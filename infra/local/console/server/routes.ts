/** The page's JSON API: history, queries, the lake, and the buttons for the fleet. */
import { z } from 'zod';
import type { Alert } from '../../../../services/contract/alert.ts';
import { fleetCommandSchema } from '../../../cli/fleet-control.ts';
import type { Mailbox } from '../../../emulator/mailbox/mailbox.ts';
import { DEVICE_COMMANDS, type RunDeviceCommand } from '../device-commands.ts';
import type { Edge } from '../edge.ts';
import type { Fleet } from '../fleet.ts';
import type { GetAnswers, LakeListing, PostAnswers } from '../page-answers.ts';
import type { Desk } from './desk.ts';
import { deskRoutes } from './desk-routes.ts';
import { deviceQuerySchema, readDevice } from './device-history.ts';
import { type Elsewhere, elsewhereRoutes } from './elsewhere-routes.ts';
import { HttpError, jsonAnswer, type Methods, readJson, readSearch } from './http.ts';
import { findIncident, incidentDetail } from './incident-detail.ts';
import { type IncidentQuery, incidentQuerySchema, searchIncidents } from './incident-search.ts';
import type { ReadModel } from './models.ts';
import type { ReadOver } from './over-incidents.ts';
import type { ReadPast } from './past-incidents.ts';
import { type QueryContext, resultCsv, runQuery, savedQueries } from './query-runner.ts';
import { type RuleSources, ruleRoutes } from './rule-routes.ts';
import { createSeries, seriesQuerySchema } from './series.ts';
import type { Telemetry } from './telemetry.ts';
import type { ReadTold } from './told.ts';

export interface RouteSources extends RuleSources {
  parts(): Promise<object>;
  telemetry: Pick<Telemetry, 'history' | 'recent'>;
  mailbox: Pick<Mailbox, 'list' | 'get'>;
  alerts(): Alert[];
  past: ReadPast;
  /** Where those that are over are not among the incidents. */
  over?: ReadOver;
  told: ReadTold;
  /** Of a stack elsewhere. */
  elsewhere?: Elsewhere;
  /** How long what the lake has is good for charts that end now, in ms; asked for each time by default. */
  lakeKeptMs?: number;
  desk: Desk;
  model: ReadModel;
  deviceCommand?: RunDeviceCommand | undefined;
  lake(): Promise<LakeListing>;
  queries: QueryContext;
  /** Names in the lake. */
  tables: { readings: string; refused: string };
  fleet(): Pick<Fleet, 'send'> | undefined;
  edge(): Pick<Edge, 'setLine'> | undefined;
}

/** A little more than Athena allows. */
const MAX_SQL_BYTES = 300_000;
const MAX_COMMAND_BYTES = 4_096;

const querySchema = z.strictObject({
  sql: z.string().min(1).max(262_144),
  parameters: z.array(z.string().min(1).max(1_000)).max(20).default([]),
});

const name = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/);
const deviceSchema = z.strictObject({ site: name, device: name });
const deviceCommandSchema = deviceSchema.extend({ command: z.enum(DEVICE_COMMANDS) });
const lineSchema = z.strictObject({ site: z.string().min(1), line: z.enum(['cut', 'connected']) });

/** Those that are over cost a query, where they are in the lake alone: only who asks for them gets them. */
async function incidentsFor({ incidents, over }: RouteSources, { state, days }: IncidentQuery) {
  const known = (await incidents()).incidents;
  if (!over || state !== 'resolved') return { incidents: known };
  const past = await over(days);
  const ids = new Set(known.map(({ id }) => id));
  return { incidents: [...known, ...past.incidents.filter(({ id }) => !ids.has(id))], lake: past.asked };
}

/** Path → methods. Bodies are JSON; errors are `{ message }`. */
export function apiRoutes(sources: RouteSources): Record<string, Methods> {
  const { mailbox, queries } = sources;
  const { telemetry, tables, lakeKeptMs } = sources;
  const series = createSeries({ queries, telemetry, readings: tables.readings, lakeKeptMs }, Date.now);
  async function incidentIn(searchParams: URLSearchParams) {
    const { incidents } = await sources.incidents();
    const incident = await findIncident(incidents, searchParams.get('id') ?? '', sources.past);
    if (!incident) throw new HttpError(404, 'There is no such incident among those that are kept');
    return { incident, incidents };
  }
  return {
    ...deskRoutes(sources.desk, Date.now),
    ...elsewhereRoutes(sources.elsewhere),
    ...ruleRoutes(sources),
    '/api/status': { GET: async () => jsonAnswer(await sources.parts()) },
    '/api/alerts': { GET: () => jsonAnswer(sources.alerts()) },
    '/api/incidents': {
      GET: async ({ searchParams }) => {
        const query = readSearch(searchParams, incidentQuerySchema);
        const { incidents, lake } = await incidentsFor(sources, query);
        return jsonAnswer<GetAnswers['/api/incidents']>({ ...searchIncidents(incidents, query), lake });
      },
    },
    '/api/incident': {
      GET: async ({ searchParams }) => {
        const { incident, incidents } = await incidentIn(searchParams);
        const silences = await sources.desk.silences.list().catch(() => undefined);
        const detail = incidentDetail(incidents, incident, silences, Date.now());
        return jsonAnswer<GetAnswers['/api/incident']>(detail);
      },
    },
    '/api/told': {
      GET: async ({ searchParams }) => {
        const { incident } = await incidentIn(searchParams);
        return jsonAnswer<GetAnswers['/api/told']>(await sources.told(incident));
      },
    },
    '/api/series': {
      GET: async ({ searchParams }) => {
        const query = readSearch(searchParams, seriesQuerySchema);
        return jsonAnswer<GetAnswers['/api/series']>(await series(query));
      },
    },
    '/api/device': {
      GET: async ({ searchParams }) => {
        const query = readSearch(searchParams, deviceQuerySchema);
        return jsonAnswer<GetAnswers['/api/device']>(await readDevice(queries, sources.tables, query));
      },
    },
    '/api/model': {
      GET: async ({ searchParams }) => {
        const { site, device } = readSearch(searchParams, deviceSchema);
        return jsonAnswer<GetAnswers['/api/model']>((await sources.model(site, device)) ?? { metrics: [] });
      },
    },
    '/api/device-command': {
      POST: async (_url, request) => {
        const { command, site, device } = await readJson(request, deviceCommandSchema, MAX_COMMAND_BYTES);
        if (!sources.deviceCommand)
          throw new HttpError(409, 'Commands can be run from a session of npm start');
        const { text, failed } = await sources.deviceCommand(command, site, device);
        if (failed) throw new HttpError(409, text);
        return jsonAnswer<PostAnswers['/api/device-command']>({ done: text });
      },
    },
    '/api/inbox': { GET: async () => jsonAnswer(await mailbox.list()) },
    '/api/mail': {
      GET: async ({ searchParams }) => {
        const mail = await mailbox.get(searchParams.get('id') ?? '');
        if (!mail) throw new HttpError(404, 'There is no such mail (any more)');
        return jsonAnswer<GetAnswers['/api/mail']>(mail);
      },
    },
    '/api/history': {
      GET: () => ({ status: 200, type: 'application/octet-stream', body: sources.telemetry.history() }),
    },
    '/api/lake': { GET: async () => jsonAnswer<GetAnswers['/api/lake']>(await sources.lake()) },
    '/api/queries': { GET: async () => jsonAnswer<GetAnswers['/api/queries']>(await savedQueries(queries)) },
    '/api/query': {
      POST: async (_url, request) => {
        const { sql, parameters } = await readJson(request, querySchema, MAX_SQL_BYTES);
        return jsonAnswer<PostAnswers['/api/query']>(await runQuery(queries, sql, parameters));
      },
    },
    '/api/result': {
      GET: async ({ searchParams }) => ({
        status: 200,
        type: 'text/csv; charset=utf-8',
        body: await resultCsv(queries, searchParams.get('id') ?? ''),
        headers: { 'content-disposition': 'attachment; filename="query.csv"' },
      }),
    },
    '/api/fleet': {
      POST: async (_url, request) => {
        const command = await readJson(request, fleetCommandSchema, MAX_COMMAND_BYTES);
        const fleet = sources.fleet();
        if (!fleet) throw new HttpError(409, 'No fleet runs here. Start one with: npm start');
        const problem = await fleet.send(command);
        if (problem) throw new HttpError(409, problem);
        return jsonAnswer<PostAnswers['/api/fleet']>({ done: command.type });
      },
    },
    '/api/edge': {
      POST: async (_url, request) => {
        const { site, line } = await readJson(request, lineSchema, MAX_COMMAND_BYTES);
        const edge = sources.edge();
        if (!edge) throw new HttpError(409, 'No gateway runs here. Start some with: npm start -- --edge');
        const problem = edge.setLine(site, line === 'cut');
        if (problem) throw new HttpError(409, problem);
        return jsonAnswer<PostAnswers['/api/edge']>({ done: line });
      },
    },
  };
}
