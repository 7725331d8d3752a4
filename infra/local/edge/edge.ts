/** `npm start -- --edge`: sites whose devices send to a gateway, over lines to the runtime that can be cut. */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UserError } from '../../cli/user-error.ts';
import type { Edge } from '../console/edge.ts';
import type { SiteState } from '../console/page-state.ts';
import { type GatewayProcess, startGateway } from './gateway-process.ts';
import { Line } from './line.ts';
import { enrolledFolder, pointTo } from './site-folder.ts';

/** Two, so that one can be cut off while the other goes on. */
const SITES = ['plant-1', 'plant-2'];

interface EdgeOptions {
  project: string;
  stateDir: string;
  /** Of the runtime. */
  endpoint: string;
  credentialsEndpoint: string | undefined;
  /** Something to tell the person. */
  notice(text: string): void;
}

export interface RunningEdge extends Edge {
  /** Of the gateways. */
  urls: string[];
  /** Ends the gateways in order. Resolves with the number of readings that wait on their disks. */
  stop(): Promise<number>;
  kill(): void;
}

interface Site {
  name: string;
  /** To the APIs, and to the credentials provider. */
  lines: Line[];
  gateway: GatewayProcess;
  last: Omit<SiteState, 'site' | 'isLineCut'>;
}

/** @throws UserError if a site cannot be enrolled, or its gateway does not start */
export async function startEdge(options: EdgeOptions): Promise<RunningEdge> {
  const { credentialsEndpoint } = options;
  if (credentialsEndpoint === undefined) {
    throw new UserError('This template takes no gateways. Synthesize it with edge=on, which is the default.');
  }
  const started = await Promise.allSettled(
    SITES.map((name) => startSite(name, { ...options, credentialsEndpoint })),
  );
  const sites = started.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
  const failed = started.find((result) => result.status === 'rejected');
  if (failed) {
    for (const site of sites) kill(site);
    throw failed.reason;
  }
  return {
    urls: sites.map(({ gateway }) => gateway.url),
    state: () => Promise.all(sites.map(stateOf)),
    setLine(name, isCut) {
      const site = sites.find((one) => one.name === name);
      if (!site) return `There is no site ${name} here. There are ${SITES.join(' and ')}.`;
      for (const line of site.lines) isCut ? line.cut() : line.restore();
      return undefined;
    },
    async stop() {
      const waiting = await Promise.all(sites.map(({ gateway }) => gateway.stop()));
      for (const { lines } of sites) for (const line of lines) line.close();
      return waiting.reduce((sum, one) => sum + one, 0);
    },
    kill: () => sites.forEach(kill),
  };
}

async function startSite(
  name: string,
  { project, stateDir, endpoint, credentialsEndpoint, notice }: EdgeOptions & { credentialsEndpoint: string },
): Promise<Site> {
  const root = resolve(stateDir, 'edge');
  const sitesDir = join(root, 'sites');
  mkdirSync(sitesDir, { recursive: true });
  const keys = await enrolledFolder(name, { project, stateDir: resolve(stateDir), sitesDir });
  const api = await Line.to(Number(new URL(endpoint).port));
  const provider = await Line.to(Number(new URL(`https://${credentialsEndpoint}`).port));
  pointTo(keys, {
    endpoint: `http://127.0.0.1:${api.port}`,
    credentialsEndpoint: `127.0.0.1:${provider.port}`,
  });
  const gateway = await startGateway({
    ...{ project, site: name, keys, spool: join(root, 'spools', name) },
    onExit: (lastLine) => notice(`The gateway of ${name} has stopped: ${lastLine}`),
  });
  return { name, lines: [api, provider], gateway, last: { waiting: 0, oldestSeconds: 0 } };
}

async function stateOf(site: Site): Promise<SiteState> {
  const status = await site.gateway.status();
  if (status) {
    const { readings, backlog, cloud } = status;
    site.last = { waiting: readings.waiting, oldestSeconds: backlog.oldestSeconds, problem: cloud.problem };
  } else {
    site.last = { ...site.last, problem: 'The gateway does not answer.' };
  }
  return { site: site.name, isLineCut: site.lines.some(({ isCut }) => isCut), ...site.last };
}

function kill({ gateway, lines }: Site): void {
  gateway.kill();
  for (const line of lines) line.close();
}
