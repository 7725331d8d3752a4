/** The command line of the gateway. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { expected } from '../../infra/cli/arguments.ts';
import { UserError } from '../../infra/cli/user-error.ts';
import type { GatewayOptions } from './gateway.ts';
import { readDevices } from './intake/devices.ts';
import { type Address, isLoopback } from './listen.ts';

interface Flags {
  keys: string;
  spool: string;
  spoolLimit: number;
  whenFull: GatewayOptions['whenFull'];
  catchUp: number;
  uplink: 'kinesis' | 'mqtt';
  listen: Address;
  mqtt?: Address;
  devices?: string;
}

const UNITS: Record<string, number> = { KB: 2 ** 10, MB: 2 ** 20, GB: 2 ** 30 };
const MIN_LIMIT_BYTES = 2 ** 20;

export function gatewayCommand(): Command {
  return new Command('npm run gateway --')
    .usage('--keys DIR [options]')
    .description(
      'Takes readings from the devices of a site, keeps them on its disk until the\nstream has them, and sends them with credentials that last 15 minutes. See docs/edge.md.',
    )
    .requiredOption('--keys <dir>', 'folder of the site, made by: npm run enroll -- SITE')
    .option('--spool <dir>', 'folder for readings that wait', 'spool')
    .addOption(
      new Option('--spool-limit <size>', 'disk space for them').argParser(size).default(4 * 2 ** 30, '4GB'),
    )
    .addOption(
      new Option('--when-full <policy>', 'what happens when it is used up')
        .choices(['refuse', 'drop-oldest'])
        .default('refuse'),
    )
    .addOption(
      new Option('--catch-up <rate>', 'how fast a backlog is sent')
        .argParser(rate)
        .default(256 * 2 ** 10, '256KB/s'),
    )
    .addOption(
      new Option('--uplink <way>', 'how it sends: mqtt needs edgeMqtt=on, and AWS forces the site')
        .choices(['kinesis', 'mqtt'])
        .default('kinesis'),
    )
    .addOption(
      new Option('--listen <address>', 'where devices POST readings')
        .argParser(address)
        .default({ host: '127.0.0.1', port: 8080 }, '127.0.0.1:8080'),
    )
    .addOption(
      new Option('--mqtt <address>', 'where devices publish by MQTT, such as 0.0.0.0:1883').argParser(
        address,
      ),
    )
    .option('--devices <file>', 'lines DEVICE:PASSWORD; needed to listen on the network')
    .addHelpText(
      'after',
      '\nReadings: POST /readings, as JSON lines or an array; MQTT topic readings/DEVICE.\nState: GET /status. SIGTERM ends it; what waits is sent after the next start.',
    );
}

/** @throws UserError, a misuse */
export function optionsOf(flags: Flags): Omit<GatewayOptions, 'say'> {
  const open = [flags.listen, flags.mqtt].find((listener) => listener && !isLoopback(listener));
  if (open && flags.devices === undefined) {
    throw UserError.misuse(
      `Listening on ${open.host} lets everybody on that network send readings. Say who may, with --devices FILE (lines DEVICE:PASSWORD).`,
    );
  }
  return {
    keys: flags.keys,
    spool: flags.spool,
    spoolLimitBytes: flags.spoolLimit,
    whenFull: flags.whenFull,
    catchUpBytes: flags.catchUp,
    uplink: flags.uplink,
    http: flags.listen,
    mqtt: flags.mqtt,
    authenticate: flags.devices === undefined ? undefined : readDevices(flags.devices),
  };
}

function size(text: string): number {
  const bytes = bytesOf(text);
  if (bytes !== undefined && bytes >= MIN_LIMIT_BYTES) return bytes;
  throw expected('a size of at least 1MB, such as 500MB or 4GB', text);
}

function rate(text: string): number {
  const bytes = text.endsWith('/s') ? bytesOf(text.slice(0, -2)) : undefined;
  if (bytes) return bytes;
  throw expected('a rate such as 256KB/s or 1MB/s', text);
}

function bytesOf(text: string): number | undefined {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)(KB|MB|GB)$/.exec(text) ?? [];
  return number === undefined ? undefined : Math.round(Number(number) * (UNITS[unit] ?? 1));
}

function address(text: string): Address {
  const [, bracketed, plain, port] = /^(?:\[([0-9a-fA-F:]+)\]|([\w.-]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || Number(port) > 65_535) {
    throw new InvalidArgumentError(`Expected HOST:PORT, such as 127.0.0.1:8080, got "${text}".`);
  }
  return { host, port: Number(port) };
}
