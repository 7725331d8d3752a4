/** `npm run gateway -- --keys DIR`: the gateway of a site. See docs/edge.md. */
import { stopSignal } from '../../infra/cli/interrupt.ts';
import { type Io, runAsProgram, runCommandLine } from '../../infra/cli/program.ts';
import { startGateway } from './gateway.ts';
import { formatAddress } from './listen.ts';
import { gatewayCommand, optionsOf } from './options.ts';

/**
 * Runs the gateway until `stop` aborts.
 * @returns the exit code: 0 ended as asked, 1 could not start, 2 misused
 */
export function runGateway(argv: string[], io: Io, stop: AbortSignal): Promise<number> {
  return runCommandLine(gatewayCommand(), argv, io, async (flags: Parameters<typeof optionsOf>[0]) => {
    const say = (line: string) => io.stdout(`${new Date().toISOString()} ${line}\n`);
    const gateway = await startGateway({ ...optionsOf(flags), say });
    const { site } = await gateway.status();
    const places = [
      `http://${formatAddress(gateway.http)}/readings`,
      ...(gateway.mqtt ? [`mqtt://${formatAddress(gateway.mqtt)}`] : []),
    ];
    say(`Gateway of ${site}: takes readings at ${places.join(' and ')}`);
    say('Ready.');
    if (!stop.aborted) await new Promise((resolve) => stop.addEventListener('abort', resolve));
    say('Ending: sends what waits, for a few seconds.');
    await gateway.close();
    return 0;
  });
}

await runAsProgram(import.meta.url, (argv, io) => runGateway(argv, io, stopSignal()));
