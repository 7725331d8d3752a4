/** `npm run import -- FILE…`: recorded readings into the lake, by way of the stream, without alerts about the past. */
import { Command, Option } from 'commander';
import { METRICS } from '../../../services/contract/reading.ts';
import { isZone } from '../../../services/contract/weekly.ts';
import { expected, oneOf, positiveNumber, setting } from '../../cli/arguments.ts';
import { stopSignal } from '../../cli/interrupt.ts';
import { addStackOptions } from '../../cli/options.ts';
import { runAsProgram, runCommandLine } from '../../cli/program.ts';
import { DECIMAL_MARKS } from '../../cli/series/numbers.ts';
import { TIME_FORMATS } from '../../cli/series/time-forms.ts';
import { type ImportFlags, type ImportIo, importFile } from './import-file.ts';

const DEFAULT_RATE = 2000;

const zone = (name: string) => {
  if (isZone(name)) return name;
  throw expected('a zone such as Europe/Berlin', name);
};
const NOTES = `
A column is given by its name, or as =TEXT for the same text in every row. A
cell that is empty (or NaN, null, unavailable) is a metric that is missing.
Names get hyphens for what an id may not have. Files may be gzipped; in JSON, a
column may lie inside: uplink_message.decoded_payload.temperature.

The detector leaves imported readings alone: nobody is mailed about the past.
They lie in the partitions of the days on which they were made. How far it came
is kept in FILE.import.json: a run that was stopped goes on from there.

Examples:
  npm run import -- cpu.csv --device =web-1 --metric cpu=value --end now --local
  npm run import -- history.csv --device entity_id --site =home \\
      --time last_changed --metric temperature=state
`;

/** @param signal ends it between two calls @returns 1 also where it did not come to the end */
export function runImport(argv: string[], io: ImportIo, signal: AbortSignal): Promise<number> {
  const metrics = (text: string, known: ImportFlags['metric']) => {
    const [name, column] = setting(text);
    return { ...known, [oneOf(METRICS, name, 'a metric')]: column };
  };
  const command = addStackOptions(
    new Command('npm run import --')
      .description('Bring recorded readings into the lake: CSV with a header, or NDJSON.')
      .argument('<files...>', 'each with the same columns')
      .option('--device <column>', 'the device, or =NAME', 'device_id')
      .option('--site <column>', 'its site, or =NAME', 'site_id')
      .option('--time <column>', 'when it was made (default: timestamp, time, last_changed …)')
      .option('--metric <metric=column>', `a metric of ${METRICS.join(', ')}; repeatable`, metrics, {})
      .addOption(new Option('--time-format <format>', 'how times are written').choices(TIME_FORMATS))
      .option('--zone <zone>', 'of times that name none, such as Europe/Berlin (default: UTC)', zone)
      .addOption(new Option('--decimal <mark>', 'of numbers, where unclear').choices(DECIMAL_MARKS))
      .option('--end <when>', 'now: move all times so that the last is now', (text) => {
        if (text === 'now') return text;
        throw expected('now', text);
      })
      .option('--rate <number>', 'readings a second', positiveNumber, DEFAULT_RATE),
    'into the local runtime instead of AWS',
  ).addHelpText('after', NOTES);
  return runCommandLine(command, argv, io, async (files: string[], flags: ImportFlags) => {
    let complete = true;
    for (const file of files) complete &&= await importFile(file, flags, io, signal);
    return complete ? 0 : 1;
  });
}

await runAsProgram(import.meta.url, (argv, io) =>
  runImport(
    argv,
    { ...io, now: Date.now },
    stopSignal(() => io.stderr('Stopping. Run the same command again to go on.\n')),
  ),
);
