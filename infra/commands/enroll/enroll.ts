/** `npm run enroll -- SITE`: lets the gateway of a site send, and takes that back. See docs/edge.md. */
import { APIGatewayClient } from '@aws-sdk/client-api-gateway';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { IAMClient } from '@aws-sdk/client-iam';
import { IoTClient } from '@aws-sdk/client-iot';
import { Command, Option } from 'commander';
import { SITE_PATTERN } from '../../../services/contract/edge.ts';
import { addStackOptions, outputsOf, type StackFlags } from '../../cli/options.ts';
import { localStateDir, type StackOutputs } from '../../cli/outputs.ts';
import { type Io, runAsProgram, runCommandLine } from '../../cli/program.ts';
import { sameStack } from '../../cli/same-stack.ts';
import { UserError } from '../../cli/user-error.ts';
import { type ClientsOptions, withClients } from '../../cli/with-clients.ts';
import {
  type Edge,
  enrollSite,
  type Gateways,
  listSites,
  removeSite,
  revokeSite,
  rotateSite,
  tokenForSite,
} from './actions.ts';
import { Sites } from './sites.ts';
import { Tokens } from './tokens.ts';

interface Flags extends StackFlags {
  out: string;
  csr?: string;
  list?: true;
  rotate?: string;
  finish?: true;
  revoke?: string;
  now?: true;
  remove?: string;
  token?: string;
}

const MAX_ATTEMPTS = 3;

export function runEnroll(argv: string[], io: Io): Promise<number> {
  const others = ['list', 'rotate', 'revoke', 'remove', 'token'];
  const but = (name: string) => others.filter((other) => other !== name);
  const command = addStackOptions(
    new Command('npm run enroll --')
      .usage('SITE | --token SITE | --list | --rotate SITE | --revoke SITE | --remove SITE [options]')
      .description(
        'Let the gateway of a site send readings, with a certificate of its own and no AWS credentials. Writes the folder that is copied to the gateway.',
      )
      .argument('[site]', 'name of the site: the site_id of its readings')
      .addOption(
        new Option('--token <site>', 'a token for a site without a gateway, which sends over HTTP').conflicts(
          but('token'),
        ),
      )
      .option('--out <dir>', 'folder in which the folder of the site is made', 'sites')
      .option('--csr <file>', 'a certificate signing request made on the gateway: its key stays there')
      .addOption(new Option('--list', 'sites and their certificates').conflicts(but('list')))
      .addOption(
        new Option('--rotate <site>', 'a second certificate; the first stays valid').conflicts(but('rotate')),
      )
      .option('--finish', 'with --rotate: removes all certificates and tokens but the newest')
      .addOption(
        new Option(
          '--revoke <site>',
          'no new credentials, no token; those it has end within minutes',
        ).conflicts(but('revoke')),
      )
      .option('--now', 'with --revoke: denies those it has, too')
      .addOption(new Option('--remove <site>', 'revokes it and forgets it').conflicts(but('remove'))),
    'at the local runtime instead of AWS',
  );
  return runCommandLine(command, argv, io, (site: string | undefined, flags: Flags) =>
    enroll(site, flags, io),
  );
}

async function enroll(site: string | undefined, flags: Flags, io: Io): Promise<void> {
  const { rotate, revoke, remove, token } = flags;
  checkCombination(site, flags);
  const name = site ?? rotate ?? revoke ?? remove ?? token;
  if (name !== undefined) checkSite(name);
  const outputs = await outputsOf(flags);
  await withClients(outputs, openClients, awsContext(outputs), async (clients) => {
    const edge: Edge = {
      ...{ outputs, io, gateways: gatewaysIn(outputs, clients), tokens: tokensIn(outputs, clients) },
      ...{ out: flags.out, csr: flags.csr, sameStack: sameStack(flags) },
      localDir: flags.local ? (flags.dir ?? localStateDir(flags.env)) : undefined,
    };
    if (site !== undefined) await enrollSite(edge, site);
    else if (rotate !== undefined) await rotateSite(edge, rotate, flags.finish === true);
    else if (revoke !== undefined) await revokeSite(edge, revoke, flags.now === true);
    else if (remove !== undefined) await removeSite(edge, remove);
    else if (token !== undefined) await tokenForSite(edge, token);
    else await listSites(edge);
  });
}

type Clients = ReturnType<typeof openClients>;

function openClients(given: ClientsOptions) {
  const options = { ...given, maxAttempts: MAX_ATTEMPTS };
  return {
    iot: new IoTClient(options),
    // A global service: its address is in one region.
    iam: new IAMClient(options),
    dynamo: new DynamoDBClient(options),
    gateway: new APIGatewayClient(options),
  };
}

function gatewaysIn(outputs: StackOutputs, { iot, iam }: Clients): Gateways | undefined {
  const { EdgePolicyName, EdgeRoleAlias, EdgeRoleName } = outputs;
  if (EdgePolicyName === undefined || EdgeRoleAlias === undefined || EdgeRoleName === undefined) {
    return undefined;
  }
  const names = { EdgePolicyName, EdgeRoleAlias, EdgeRoleName };
  return { iam, names, sites: new Sites(iot, EdgePolicyName) };
}

function tokensIn(outputs: StackOutputs, { dynamo, gateway }: Clients): Tokens | undefined {
  const { EdgeTokensTableName: tableName, EdgeUsagePlanId: usagePlanId } = outputs;
  if (tableName === undefined || usagePlanId === undefined) return undefined;
  return new Tokens({ dynamo, gateway, tableName, usagePlanId });
}

function checkCombination(site: string | undefined, flags: Flags): void {
  const { list, rotate, revoke, remove, token, csr, finish, now } = flags;
  const chosen = [site, list, rotate, revoke, remove, token].filter((value) => value !== undefined);
  if (chosen.length !== 1) {
    throw UserError.misuse(
      'Expected a site to enroll, or one of --token, --list, --rotate, --revoke, --remove.',
    );
  }
  if (finish && rotate === undefined) throw UserError.misuse('--finish goes with --rotate only.');
  if (now && revoke === undefined) throw UserError.misuse('--now goes with --revoke only.');
  if (csr !== undefined && (finish || (site ?? rotate) === undefined)) {
    throw UserError.misuse('--csr goes with a site to enroll, or with --rotate.');
  }
}

function checkSite(site: string): void {
  if (SITE_PATTERN.test(site)) return;
  const why = site.includes('.')
    ? ' A site_id may have a dot, but AWS IoT allows none in the name of a thing.'
    : '';
  throw UserError.misuse(`Expected a site's name of up to 64 letters, digits, - and _, got "${site}".${why}`);
}

const awsContext = ({ EdgePolicyName }: StackOutputs) => ({
  service: 'AWS IoT',
  denied: 'These credentials may not enroll sites; docs/edge.md lists what it takes',
  missing: [
    { when: /^ResourceNotFoundException: Policy/, what: `The policy ${EdgePolicyName} is not there.` },
  ],
});

await runAsProgram(import.meta.url, runEnroll);
