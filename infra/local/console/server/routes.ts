/** The page's JSON API: history, queries, the lake, and the buttons for the fleet. */
import { z } from 'zod';
import type { Alert } from '../../../../services/contract/alert.ts';
import { fleetCommandSchema } from '../../../cli/fleet-control.ts';
import type { Mailbox } from '../../../emulator/mailbox/mailbox.ts';
import { DEVICE_COMMANDS, type RunDeviceCommand } from '../device-commands.ts';
import type { Edge } from '../edge.ts';
import type { Fleet } from '../fleet.ts';
import type { LakeListing } from '../page-answers.ts';
import type { Desk } from './desk.ts';
import { deskRoutes } from './desk-routes.ts';
import { deviceQuerySchema, readDevice } from './device-history.ts';
import { type Elsewhere, elsewhereRoutes } from './elsewhere-routes.ts';
import { body, HttpError, jsonAnswer, type Methods, type PageRoutes, search } from './http.ts';
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
const idSchema = z.object({ id: z.string().default('') });
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
export const apiRoutes = (sources: RouteSources): Record<string, Methods> => ({
  ...deskRoutes(sources.desk, Date.now),
  ...elsewhereRoutes(sources.elsewhere),
  ...ruleRoutes(sources),
  ...incidentRoutes(sources),
  ...deviceRoutes(sources),
  ...lakeRoutes(sources),
  ...sessionRoutes(sources),
  ...plainRoutes(sources),
});

function incidentRoutes(sources: RouteSources): PageRoutes {
  async function find({ id }: { id: string }) {
    const { incidents } = await sources.incidents();
    const incident = await findIncident(incidents, id, sources.past);
    if (!incident) throw new HttpError(404, 'There is no such incident among those that are kept');
    return { incident, incidents };
  }

  return {
    '/api/incidents': {
      GET: search(incidentQuerySchema, async (query) => {
        const { incidents, lake } = await incidentsFor(sources, query);
        return { ...searchIncidents(incidents, query), lake };
      }),
    },
    '/api/incident': {
      GET: search(idSchema, async (query) => {
        const { incident, incidents } = await find(query);
        const silences = await sources.desk.silences.list().catch(() => undefined);
        return incidentDetail(incidents, incident, silences, Date.now());
      }),
    },
    '/api/told': { GET: search(idSchema, async (query) => sources.told((await find(query)).incident)) },
  };
}

function deviceRoutes({
  queries,
  telemetry,
  tables,
  lakeKeptMs,
  model,
  deviceCommand,
}: RouteSources): PageRoutes {
  const series = createSeries({ queries, telemetry, readings: tables.readings, lakeKeptMs }, Date.now);
  return {
    '/api/series': { GET: search(seriesQuerySchema, series) },
    '/api/device': { GET: search(deviceQuerySchema, (query) => readDevice(queries, tables, query)) },
    '/api/model': {
      GET: search(deviceSchema, async ({ site, device }) => (await model(site, device)) ?? { metrics: [] }),
    },
    '/api/device-command': {
      POST: body(deviceCommandSchema, MAX_COMMAND_BYTES, async ({ command, site, device }) => {
        if (!deviceCommand) throw new HttpError(409, 'Commands can be run from a session of npm start');
        const { text, failed } = await deviceCommand(command, site, device);
        if (failed) throw new HttpError(409, text);
        return { done: text };
      }),
    },
  };
}

const lakeRoutes = ({ lake, queries }: RouteSources): PageRoutes => ({
  '/api/lake': { GET: async () => jsonAnswer(await lake()) },
  '/api/queries': { GET: async () => jsonAnswer(await savedQueries(queries)) },
  '/api/query': {
    POST: body(querySchema, MAX_SQL_BYTES, ({ sql, parameters }) => runQuery(queries, sql, parameters)),
  },
});

const sessionRoutes = ({ mailbox, fleet, edge }: RouteSources): PageRoutes => ({
  '/api/mail': {
    GET: search(idSchema, async ({ id }) => {
      const mail = await mailbox.get(id);
      if (mail) return mail;
      throw new HttpError(404, 'There is no such mail (any more)');
    }),
  },
  '/api/fleet': {
    POST: body(fleetCommandSchema, MAX_COMMAND_BYTES, async (command) => {
      const running = fleet();
      if (!running) throw new HttpError(409, 'No fleet runs here. Start one with: npm start');
      const problem = await running.send(command);
      if (problem) throw new HttpError(409, problem);
      return { done: command.type };
    }),
  },
  '/api/edge': {
    POST: body(lineSchema, MAX_COMMAND_BYTES, ({ site, line }) => {
      const running = edge();
      if (!running) throw new HttpError(409, 'No gateway runs here. Start some with: npm start -- --edge');
      const problem = running.setLine(site, line === 'cut');
      if (problem) throw new HttpError(409, problem);
      return { done: line };
    }),
  },
});

/** What other programs read, and what is no JSON. */
const plainRoutes = ({ parts, alerts, mailbox, telemetry, queries }: RouteSources) => ({
  '/api/status': { GET: async () => jsonAnswer(await parts()) },
  '/api/alerts': { GET: () => jsonAnswer(alerts()) },
  '/api/inbox': { GET: async () => jsonAnswer(await mailbox.list()) },
  '/api/history': {
    GET: () => ({ status: 200, type: 'application/octet-stream', body: telemetry.history() }),
  },
  '/api/result': {
    GET: async ({ searchParams }: URL) => ({
      status: 200,
      type: 'text/csv; charset=utf-8',
      body: await resultCsv(queries, searchParams.get('id') ?? ''),
      headers: { 'content-disposition': 'attachment; filename="query.csv"' },
    }),
  },
});
