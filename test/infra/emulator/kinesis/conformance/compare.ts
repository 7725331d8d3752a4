/**
 * Who passes what: `node --import tsx test/infra/emulator/kinesis/conformance/compare.ts [name=address …]`. The servers
 * given by their address are compared with kinesalite and, where it is installed, with moto.
 */
import { GROUPS } from './cases.ts';
import { type Case, createContext } from './context.ts';
import { type Server, startKinesalite, startMoto } from './servers.ts';

type Verdict = 'passes' | string;

async function tryCase({ run }: Case, endpoint: string): Promise<Verdict> {
  const context = await createContext(endpoint);
  try {
    await run(context);
    return 'passes';
  } catch (error) {
    const { message, cause } = error as Error;
    return (cause instanceof Error ? `${message} (${cause.message})` : message)
      .replace(/\s+/g, ' ')
      .slice(0, 100);
  } finally {
    await context.close();
  }
}

const say = (line: string) => process.stdout.write(`${line}\n`);

async function main(addresses: readonly string[]): Promise<void> {
  const started: Record<string, Server | undefined> = {
    kinesalite: await startKinesalite(),
    moto: await startMoto(),
  };
  const endpoints: Record<string, string> = {};
  for (const [name, server] of Object.entries(started)) if (server) endpoints[name] = server.endpoint;
  for (const address of addresses) {
    const at = address.indexOf('=');
    endpoints[address.slice(0, at)] = address.slice(at + 1);
  }
  const names = Object.keys(endpoints);
  say(`| case | ${names.join(' | ')} |\n|---|${names.map(() => '---|').join('')}`);
  const passed = new Map(names.map((name) => [name, 0]));
  let all = 0;
  for (const [group, cases] of Object.entries(GROUPS)) {
    for (const one of cases) {
      all += 1;
      const verdicts: string[] = [];
      for (const name of names) {
        const verdict = await tryCase(one, endpoints[name] ?? '');
        if (verdict === 'passes') passed.set(name, (passed.get(name) ?? 0) + 1);
        verdicts.push(verdict === 'passes' ? 'yes' : `no: ${verdict}`);
      }
      say(`| ${group}: ${one.name} | ${verdicts.join(' | ')} |`);
    }
  }
  say(`| **of ${all}** | ${names.map((name) => passed.get(name)).join(' | ')} |`);
  for (const server of Object.values(started)) await server?.close();
}

await main(process.argv.slice(2));
process.exit(0);
