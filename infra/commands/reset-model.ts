/** `npm run reset-model`: what is usual for a device, or for a whole site, is learnt anew. */
import { Command } from 'commander';
import { createModelStore, type ModelStore } from '../../services/detector/model-store.ts';
import { overConflicts } from '../../services/detector/over-conflicts.ts';
import type { Chunk } from '../../services/detector/site-model.ts';
import { addStackOptions, outputsOf, type StackFlags } from '../cli/options.ts';
import { type Io, runAsProgram, runCommandLine } from '../cli/program.ts';
import { plural } from '../cli/text.ts';
import { UserError } from '../cli/user-error.ts';
import { changeTable } from './change-table.ts';

interface Flags extends StackFlags {
  site: string;
  device?: string;
}

export function runResetModel(argv: string[], io: Io): Promise<number> {
  const command = addStackOptions(
    new Command('npm run reset-model --')
      .usage('--site SITE [--device DEVICE] [--local [--dir DIR]]')
      .description('Forget what is usual for a device, such as after a repair: it is learnt anew.')
      .requiredOption('--site <site>', 'the site of the device')
      .option('--device <device>', 'one device (default: all of the site)'),
    'at the local runtime instead of AWS',
  );
  return runCommandLine(command, argv, io, async (flags: Flags) => {
    const outputs = await outputsOf(flags);
    const { ModelTableName: table } = outputs;
    if (table === undefined) {
      throw new UserError('This stack has no table of models yet. Deploy again, or restart npm start.');
    }
    const devices = await changeTable(outputs, table, (client) =>
      resetModel(createModelStore(client, table, Date.now), flags.site, flags.device),
    );
    io.stdout(
      `${plural(devices, 'device')} of ${flags.site}: learnt anew, two days without this kind of alert.\n`,
    );
  });
}

/**
 * Devices stay in the model, with nothing learnt.
 * @returns how many
 * @throws UserError where there are none
 */
export const resetModel = (store: ModelStore, siteId: string, deviceId?: string): Promise<number> =>
  overConflicts(async () => {
    const chunks = await store.site(siteId);
    const isMeant = (id: string) => deviceId === undefined || id === deviceId;
    const meant = chunks.filter(({ devices }) => [...devices.keys()].some(isMeant));
    if (meant.length === 0) {
      const what = deviceId === undefined ? `of the site ${siteId}` : `of ${deviceId} at ${siteId}`;
      throw new UserError(
        `Nothing is known ${what}: is there a rule of kind unusual for it, and are the names right?`,
      );
    }
    for (const chunk of meant) await store.save(siteId, forgotten(chunk, isMeant));
    return meant.reduce((sum, { devices }) => sum + [...devices.keys()].filter(isMeant).length, 0);
  });

const forgotten = (chunk: Chunk, isMeant: (deviceId: string) => boolean): Chunk => ({
  ...chunk,
  devices: new Map(
    [...chunk.devices].map(([id, model]) => [id, isMeant(id) ? { ...model, metrics: new Map() } : model]),
  ),
});

await runAsProgram(import.meta.url, runResetModel);
