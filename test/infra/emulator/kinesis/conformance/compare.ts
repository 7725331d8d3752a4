/**
 * Who passes what: `node --import tsx test/infra/emulator/kinesis/conformance/compare.ts [name=address …]`. Ours is compared
 * with kinesalite, with moto where it is installed, and with servers that are given by their address.
 */
import { startKinesis } from '../../support/kinesis.ts';
import { GROUPS } from './cases.ts';
import { type Case, createContext } from './context.ts';
import { startKinesalite, startMoto } from './servers.ts';

interface Contender {
  name: string;
  endpointFor(one: Case): string;
  close(): Promise<unknown>;
}

/** @returns why not; undefined for a case that passes */
async function failureOf({ run }: Case, endpoint: string): Promise<string | undefined> {
  const context = await createContext(endpoint);
  try {
    await run(context);
    return undefined;
  } catch (error) {
    const { message, cause } = error as Error;
    const why = cause instanceof Error ? `${message} (${cause.message})` : message;
    return why.replace(/\s+/g, ' ').slice(0, 100) || 'failed';
  } finally {
    await context.close();
  }
}

async function contenders(addresses: readonly string[]): Promise<Contender[]> {
  const [limited, unlimited] = [await startKinesis({ isLimited: true }), await startKinesis()];
  const kinesalite = await startKinesalite();
  const moto = await startMoto();
  const servers = [['kinesalite', kinesalite] as const, ...(moto ? [['moto', moto] as const] : [])];
  return [
    {
      name: 'ours',
      endpointFor: ({ throttled }) => (throttled ? limited : unlimited).endpoint,
      close: () => Promise.all([limited.close(), unlimited.close()]),
    },
    ...servers.map(([name, { endpoint, close }]) => ({ name, endpointFor: () => endpoint, close })),
    ...addresses.map((address) => {
      const at = address.indexOf('=');
      const endpointFor = () => address.slice(at + 1);
      return { name: address.slice(0, at), endpointFor, close: async () => {} };
    }),
  ];
}

const row = (cells: readonly (string | number)[]) => process.stdout.write(`| ${cells.join(' | ')} |\n`);

async function main(addresses: readonly string[]): Promise<void> {
  const all = await contenders(addresses);
  const totals: (string | number)[][] = [];
  row(['case', ...all.map(({ name }) => name)]);
  row(['---', ...all.map(() => '---')]);
  for (const [group, cases] of Object.entries(GROUPS)) {
    const passed = all.map(() => 0);
    for (const one of cases) {
      const failures = await Promise.all(all.map(({ endpointFor }) => failureOf(one, endpointFor(one))));
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
