/** What the command does with sites. */
import { join } from 'node:path';
import type { IAMClient } from '@aws-sdk/client-iam';
import { readText } from '../../cli/files.ts';
import type { StackOutputs } from '../../cli/outputs.ts';
import type { Io } from '../../cli/program.ts';
import { UserError } from '../../cli/user-error.ts';
import { denyCertificates } from './deny.ts';
import { isEnrolledIn, trustedRoots, writeSiteFolder } from './folder.ts';
import { createRequest } from './request.ts';
import type { SiteCertificate, Sites } from './sites.ts';
import { Undo } from './undo.ts';

export interface Edge {
  sites: Sites;
  iam: IAMClient;
  outputs: StackOutputs;
  names: { EdgePolicyName: string; EdgeRoleAlias: string; EdgeRoleName: string };
  io: Io;
  /** Folder of the folders of sites. */
  out: string;
  /** File with a request that was made elsewhere. */
  csr: string | undefined;
  /** State folder of the local runtime; undefined for AWS. */
  localDir: string | undefined;
}

const local = ({ localDir }: Edge) => (localDir === undefined ? '' : ' --local');
const short = ({ id }: { id: string }) => `${id.slice(0, 12)}…`;

export async function enrollSite(edge: Edge, site: string): Promise<void> {
  const folder = join(edge.out, site);
  if (isEnrolledIn(folder)) {
    throw new UserError(
      `${folder} is there already. For another certificate: npm run enroll -- --rotate ${site}`,
    );
  }
  if (await edge.sites.has(site)) {
    throw new UserError(
      `AWS IoT has a thing ${site} already. For another certificate: npm run enroll -- --rotate ${site}`,
    );
  }
  await Undo.around(async (undo) => {
    await edge.sites.createThing(site, undo);
    await addCertificate(edge, site, folder, undo);
  }, edge.io.stderr);
  edge.io.stderr(
    [
      `${site} is enrolled. Copy the folder to its gateway, and start that:`,
      `  npm run gateway -- --keys ${folder}`,
      ...(edge.csr === undefined ? [] : [`The key stays where it was made: put it there as key.pem.`]),
      '',
    ].join('\n'),
  );
  edge.io.stdout(`${folder}\n`);
}

/** A second certificate; with `finish`, the newest alone stays. */
export async function rotateSite(edge: Edge, site: string, finish: boolean): Promise<void> {
  const { certificates } = await edge.sites.find(site);
  if (finish) return finishRotation(edge, site, certificates);
  const active = certificates.filter(({ isActive }) => isActive);
  if (active.length > 1) {
    throw new UserError(
      `${site} has ${active.length} certificates. Once its gateway uses the newest (GET /status): npm run enroll -- --rotate ${site} --finish${local(edge)}`,
    );
  }
  const folder = join(edge.out, site);
  const made = await Undo.around((undo) => addCertificate(edge, site, folder, undo), edge.io.stderr);
  edge.io.stderr(
    [
      `${site} has a second certificate, ${short(made)}. Copy the folder to its gateway, which takes it within`,
      'seconds. Once GET /status names it, remove the first:',
      `  npm run enroll -- --rotate ${site} --finish${local(edge)}`,
      '',
    ].join('\n'),
  );
  edge.io.stdout(`${folder}\n`);
}

async function finishRotation({ sites, io }: Edge, site: string, certificates: SiteCertificate[]) {
  const newest = certificates.at(-1);
  if (!newest?.isActive)
    throw new UserError(`The newest certificate of ${site} is not active: nothing was removed.`);
  const old = certificates.slice(0, -1);
  for (const certificate of old) await sites.removeCertificate(site, certificate);
  io.stderr(`${site} has the certificate ${short(newest)} alone; ${old.length} removed.\n`);
}

export async function revokeSite(edge: Edge, site: string, now: boolean): Promise<void> {
  const { certificates } = await edge.sites.find(site);
  for (const certificate of certificates) await edge.sites.deactivate(certificate);
  const ids = certificates.map(({ id }) => id);
  if (now && ids.length > 0) await denyCertificates(edge.iam, edge.names.EdgeRoleName, ids, Date.now());
  edge.io.stderr(
    now
      ? `${site} is revoked: it gets no credentials, and those that it has are denied.\n`
      : `${site} is revoked: it gets no new credentials. Those that it has end within 15 minutes; with --now, at once.\n`,
  );
}

export async function removeSite({ sites, io, out }: Edge, site: string): Promise<void> {
  const { certificates } = await sites.find(site);
  for (const certificate of certificates) await sites.removeCertificate(site, certificate);
  await sites.deleteThing(site);
  io.stderr(
    `${site} is removed. Its key is worth nothing any more: delete ${join(out, site)}, and what the gateway has.\n`,
  );
}

export async function listSites({ sites, io }: Edge): Promise<void> {
  const found = await sites.list();
  if (found.length === 0) io.stderr('No site is enrolled.\n');
  for (const { site, certificates } of found) {
    for (const certificate of certificates) {
      const { isActive, createdMs, validToMs } = certificate;
      const state = isActive ? 'active' : 'revoked';
      io.stdout(
        `${site}\t${short(certificate)}\t${state}\tsince ${day(createdMs)}\tuntil ${day(validToMs)}\n`,
      );
    }
  }
}

const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);

async function addCertificate(edge: Edge, site: string, folder: string, undo: Undo): Promise<{ id: string }> {
  const { sites, outputs, names, csr, localDir } = edge;
  const { key, csr: request } =
    csr === undefined ? await createRequest(site) : { key: undefined, csr: readText(csr) };
  const { id, pem } = await sites.createCertificate(site, request, undo);
  writeSiteFolder(folder, {
    ...{ key, certificate: pem, ca: trustedRoots(localDir) },
    site: {
      ...{ site, region: outputs.Region, stream: outputs.StreamName, roleAlias: names.EdgeRoleAlias },
      credentialsEndpoint: await sites.credentialsEndpoint(),
      ...(outputs.Endpoint !== undefined && { endpoint: outputs.Endpoint }),
    },
  });
  return { id };
}
