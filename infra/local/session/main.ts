/** `npm start`: the whole pipeline on this machine, with a small fleet that has anomalies. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../../../services/contract/duration.ts';
import { LOCAL_STATE_DIR } from '../../cli/outputs.ts';
import { UserError } from '../../cli/user-error.ts';
import type { Fault } from '../../emulator/faults/fault.ts';
import { parseFault } from '../../emulator/registry.ts';
import { run, type StartOptions } from './start.ts';

// The SDK warns at every start that it will want Node 22 in 2027.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

const DEFAULT_PORT = 4566;

function parse<T>(convert: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return convert(text);
    } catch (error) {
      throw new InvalidArgumentError(`${(error as Error).message}.`);
    }
  };
}

const whole = (what: string, min: number, max: number) =>
  parse((text: string) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= min && value <= max && text.trim() !== '') return value;
    throw new RangeError(`Expected ${what} from ${min} to ${max}, got "${text}"`);
  });

const share = parse((text: string) => {
  const value = Number(text);
  if (value >= 0 && value < 1 && text.trim() !== '') return value;
  throw new RangeError(`Expected a share of time from 0 to below 1, such as 0.02, got "${text}"`);
});

const command = new Command('npm start --')
  .description('Runs the whole pipeline on this machine, from the template that would be deployed.')
  .option(
    '--port <n>',
    'port on 127.0.0.1 for page and AWS APIs; 0 picks a free one',
    whole('a port', 0, 65535),
    DEFAULT_PORT,
  )
  .option('--devices <n>', 'devices in the fleet', whole('a number of devices', 1, 100_000), 20)
  .option('--anomaly-rate <share>', 'share of device time inside an anomaly', share, 0.02)
  .option('--no-simulator', 'start no fleet')
  .option('--duration <time>', 'stop by itself after, such as 30s', parse(parseDuration))
  .option('--dir <folder>', 'state: streams, tables, lake, mails', LOCAL_STATE_DIR)
  .option('--app <folder>', 'run this cloud assembly instead of synthesizing cdk.out')
  .option('--resources', 'list how each resource runs, and what has no effect here; then end')
  .addOption(
    new Option('--fault <fault>', 'break something: sns.Publish:throttle:0.5:30s (repeatable)')
      .argParser((text, list: Fault[]) => [...list, parse(parseFault)(text)])
      .default([], 'none'),
  )
  .showSuggestionAfterError()
  .parse();

try {
  process.exitCode = await run(command.opts<StartOptions>());
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
