/**
 * Who passes what: `node --import tsx test/infra/emulator/kinesis/conformance/compare.ts [name=address …]`. Ours is compared
 * with kinesalite, with moto where it is installed, and with servers that are given by their address.
 */
import { startKinesis } from '../../support/kinesis.ts';
import { GROUPS } from './cases.ts';
import { type Case, createContext, type Pass } from './context.ts';
import { type Server, startKinesalite, startMoto } from './servers.ts';

interface Contender {
  name: string;
  /** Undefined for a server in a process of its own. */
  pass?: Pass;
  endpointFor(one: Case): string;
  close(): Promise<unknown>;
}

/** @returns why not; undefined for a case that passes */
async function failureOf(one: Case, { endpointFor, pass }: Contender): Promise<string | undefined> {
  const context = await createContext(endpointFor(one), pass);
  try {
    await one.run(context);
    return undefined;
  } catch (error) {
    const { message, cause } = error as Error;
    const why = cause instanceof Error ? `${message} (${cause.message})` : message;
    return why.replace(/\s+/g, ' ').slice(0, 100) || 'failed';
  } finally {
    await context.close();
  }
}

/** For all servers in this process: kinesalite knows no other clock. */
const passHere: Pass = async (ms) => {
  const { now } = Date;
  Date.now = () => now() + ms;
};

async function contenders(addresses: readonly string[]): Promise<Contender[]> {
  const [limited, unlimited] = [await startKinesis({ isLimited: true }), await startKinesis()];
  const kinesalite = await startKinesalite();
  const moto = await startMoto();
  const servers = moto ? [{ name: 'moto', ...moto }] : [];
  return [
    {
      ...{ name: 'ours', pass: passHere },
      endpointFor: ({ throttled }) => (throttled ? limited : unlimited).endpoint,
      close: () => Promise.all([limited.close(), unlimited.close()]),
    },
    { name: 'kinesalite', pass: passHere, ...at(kinesalite) },
    ...servers.map(({ name, ...server }) => ({ name, ...at(server) })),
    ...addresses.map((address) => {
      const at = address.indexOf('=');
      const endpointFor = () => address.slice(at + 1);
      return { name: address.slice(0, at), endpointFor, close: async () => {} };
    }),
  ];
}

const at = ({ endpoint, close }: Server) => ({ endpointFor: () => endpoint, close });

const row = (cells: readonly (string | number)[]) => process.stdout.write(`| ${cells.join(' | ')} |\n`);

async function main(addresses: readonly string[]): Promise<void> {
  const all = await contenders(addresses);
  const totals: (string | number)[][] = [];
  row(['case', ...all.map(({ name }) => name)]);
  row(['---', ...all.map(() => '---')]);
  for (const [group, cases] of Object.entries(GROUPS)) {
    const passed = all.map(() => 0);
    for (const one of cases) {
      const failures: (string | undefined)[] = [];
      // One after the other, because the clock is everybody's.
      for (const contender of all) failures.push(await failureOf(one, contender));
      for (const [i, failure] of failures.entries()) if (!failure) passed[i] = (passed[i] ?? 0) + 1;
      row([`${group}: ${one.name}`, ...failures.map((why) => (why === undefined ? 'yes' : `no: ${why}`))]);
    }
    totals.push([`**${group}** (${cases.length})`, ...passed]);
  }
  for (const total of totals) row(total);
  for (const { close } of all) await close();
}

await main(process.argv.slice(2));
process.exit(0);
