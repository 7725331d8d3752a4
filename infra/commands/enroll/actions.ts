/** What the command does with sites. */
import { join } from 'node:path';
import type { IAMClient } from '@aws-sdk/client-iam';
import { ruleTopic } from '../../../services/contract/edge.ts';
import { readText } from '../../cli/files.ts';
import type { StackOutputs } from '../../cli/outputs.ts';
import type { Io } from '../../cli/program.ts';
import { shellWord } from '../../cli/shell-word.ts';
import { plural } from '../../cli/text.ts';
import { UserError } from '../../cli/user-error.ts';
import { denyCertificates } from './deny.ts';
import { isEnrolledIn, trustedRoots, writeSiteFolder } from './folder.ts';
import { createRequest } from './request.ts';
import type { SiteCertificate, Sites } from './sites.ts';
import type { Tokens } from './tokens.ts';
import { Undo } from './undo.ts';

/** What a stack that takes gateways has for them. */
export interface Gateways {
  sites: Sites;
  iam: IAMClient;
  names: { EdgePolicyName: string; EdgeRoleAlias: string; EdgeRoleName: string };
}

export interface Edge {
  /** Undefined for a stack that takes no gateways. */
  gateways: Gateways | undefined;
  /** Undefined for a stack without an HTTP API. */
  tokens: Tokens | undefined;
  outputs: StackOutputs;
  io: Io;
  /** Folder of the folders of sites. */
  out: string;
  /** File with a request that was made elsewhere. */
  csr: string | undefined;
  /** State folder of the local runtime; undefined for AWS. */
  localDir: string | undefined;
  /** The options that name the stack, for the end of a command that is shown. */
  sameStack: string;
}

function gatewaysOf({ gateways }: Edge): Gateways {
  if (gateways) return gateways;
  throw new UserError('This stack takes no gateways. Deploy it again with edge=on, which is the default.');
}

const short = ({ id }: { id: string }) => `${id.slice(0, 12)}…`;

export async function enrollSite(edge: Edge, site: string): Promise<void> {
  const folder = join(edge.out, site);
  if (isEnrolledIn(folder)) {
    throw new UserError(
      `${folder} is there already. For another certificate: npm run enroll -- --rotate ${site}`,
    );
  }
  const { sites } = gatewaysOf(edge);
  if (await sites.has(site)) {
    throw new UserError(
      `AWS IoT has a thing ${site} already. For another certificate: npm run enroll -- --rotate ${site}`,
    );
  }
  await Undo.around(async (undo) => {
    await sites.createThing(site, undo);
    await addCertificate(edge, site, folder, undo);
  }, edge.io.stderr);
  edge.io.stderr(
    [
      `${site} is enrolled. Copy the folder to its gateway, and start that:`,
      `  npm run gateway -- --keys ${shellWord(folder)}`,
      ...(edge.csr === undefined ? [] : [`The key stays where it was made: put it there as key.pem.`]),
      '',
    ].join('\n'),
  );
  edge.io.stdout(`${folder}\n`);
}

/** A second certificate; with `finish`, the newest alone stays, and the newest token. */
export async function rotateSite(edge: Edge, site: string, finish: boolean): Promise<void> {
  if (finish) {
    const revoked = (await edge.tokens?.revoke(site, 'newest')) ?? 0;
    if (revoked > 0) edge.io.stderr(`${site} has its newest token alone; ${revoked} revoked.\n`);
    if (revoked > 0 && !(await edge.gateways?.sites.has(site))) return;
  }
  const { certificates } = await gatewaysOf(edge).sites.find(site);
  if (finish) return finishRotation(edge, site, certificates);
  const active = certificates.filter(({ isActive }) => isActive);
  if (active.length > 1) {
    throw new UserError(
      `${site} has ${active.length} certificates. Once its gateway uses the newest (GET /status): npm run enroll -- --rotate ${site} --finish`,
    );
  }
  const folder = join(edge.out, site);
  const made = await Undo.around((undo) => addCertificate(edge, site, folder, undo), edge.io.stderr);
  edge.io.stderr(
    [
      `${site} has a second certificate, ${short(made)}. Copy the folder to its gateway, which takes it within`,
      'seconds. Once GET /status names it, remove the first:',
      `  npm run enroll -- --rotate ${site} --finish${edge.sameStack}`,
      '',
    ].join('\n'),
  );
  edge.io.stdout(`${folder}\n`);
}

async function finishRotation(edge: Edge, site: string, certificates: SiteCertificate[]) {
  const { sites } = gatewaysOf(edge);
  const newest = certificates.at(-1);
  if (!newest?.isActive)
    throw new UserError(
      `The newest certificate of ${site} is not active: nothing was removed. For another: npm run enroll -- --rotate ${site}`,
    );
  const old = certificates.slice(0, -1);
  for (const certificate of old) await sites.removeCertificate(site, certificate);
  edge.io.stderr(`${site} has the certificate ${short(newest)} alone; ${old.length} removed.\n`);
}

/** A token for a site without a gateway. */
export async function tokenForSite({ tokens, outputs, io }: Edge, site: string): Promise<void> {
  if (!tokens) throw new UserError('This stack has no HTTP API. Deploy it with: -c edgeHttp=on');
  const token = await tokens.create(site, new Date(), io.stderr);
  io.stderr(
    [
      `${site} may send with this token. It is shown once, and kept nowhere:`,
      '',
      `  curl -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/x-ndjson" \\`,
      `    --data-binary @readings.ndjson ${outputs.EdgeHttpUrl}`,
      '',
    ].join('\n'),
  );
  io.stdout(`${token}\n`);
}

/** Both ways in: certificates and tokens. */
export async function revokeSite(edge: Edge, site: string, now: boolean): Promise<void> {
  const { io, tokens, gateways } = edge;
  const revoked = (await tokens?.revoke(site)) ?? 0;
  if (revoked > 0) {
    io.stderr(`${site}: ${plural(revoked, 'token')} revoked. API Gateway may remember it for 5 minutes.\n`);
  }
  if (!gateways || (revoked > 0 && !(await gateways.sites.has(site)))) return expectSome(site, revoked);
  const { certificates } = await gateways.sites.find(site);
  for (const certificate of certificates) await gateways.sites.deactivate(certificate);
  const ids = certificates.map(({ id }) => id);
  if (now && ids.length > 0) {
    await denyCertificates(gateways.iam, gateways.names.EdgeRoleName, ids, Date.now());
  }
  io.stderr(
    now
      ? `${site} is revoked: it gets no credentials, and those that it has are denied.\n`
      : `${site} is revoked: it gets no new credentials. Those that it has end within 15 minutes; with --now, at once.\n`,
  );
}

export async function removeSite({ gateways, tokens, io, out }: Edge, site: string): Promise<void> {
  const revoked = (await tokens?.revoke(site)) ?? 0;
  if (!gateways || (revoked > 0 && !(await gateways.sites.has(site)))) return expectSome(site, revoked);
  const { sites } = gateways;
  const { certificates } = await sites.find(site);
  for (const certificate of certificates) await sites.removeCertificate(site, certificate);
  await sites.deleteThing(site);
  io.stderr(
    `${site} is removed. Its key is worth nothing any more: delete ${join(out, site)}, and what the gateway has.\n`,
  );
}

function expectSome(site: string, tokens: number): void {
  if (tokens === 0) throw new UserError(`${site} has no token. See: npm run enroll -- --list`);
}

export async function listSites({ gateways, tokens, io }: Edge): Promise<void> {
  const found = (await gateways?.sites.list()) ?? [];
  const ofTokens = (await tokens?.list()) ?? [];
  if (found.length + ofTokens.length === 0) io.stderr('No site is enrolled.\n');
  for (const { site, certificates } of found) {
    for (const certificate of certificates) {
      const { isActive, createdMs, validToMs } = certificate;
      const state = isActive ? 'active' : 'revoked';
      io.stdout(
        `${site}\t${short(certificate)}\t${state}\tsince ${day(createdMs)}\tuntil ${day(validToMs)}\n`,
      );
    }
  }
  for (const { site, hash, createdAt } of ofTokens) {
    io.stdout(`${site}\ttoken ${short({ id: hash })}\tactive\tsince ${createdAt.slice(0, 10)}\n`);
  }
}

const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);

async function addCertificate(edge: Edge, site: string, folder: string, undo: Undo): Promise<{ id: string }> {
  const { outputs, csr, localDir } = edge;
  const { sites, names } = gatewaysOf(edge);
  const { key, csr: request } =
    csr === undefined ? await createRequest(site) : { key: undefined, csr: readText(csr) };
  const { id, pem } = await sites.createCertificate(site, request, undo);
  writeSiteFolder(folder, {
    ...{ key, certificate: pem, ca: trustedRoots(localDir) },
    site: {
      ...{ site, region: outputs.Region, stream: outputs.StreamName, roleAlias: names.EdgeRoleAlias },
      credentialsEndpoint: await sites.endpoint('iot:CredentialProvider'),
      ...(outputs.EdgeRuleName !== undefined && {
        mqtt: { ...(await sites.broker()), topic: ruleTopic(outputs.EdgeRuleName, site) },
      }),
      ...(outputs.Endpoint !== undefined && { endpoint: outputs.Endpoint }),
    },
  });
  return { id };
}
