/** `npm run forget-device`: a device that was taken out of service is not missed any more. */
import { Command } from 'commander';
import { createIncidentStore, type IncidentStore } from '../../services/detector/incident-store.ts';
import { overConflicts } from '../../services/detector/over-conflicts.ts';
import { addStackOptions, outputsOf, type StackFlags } from '../cli/options.ts';
import { type Io, runAsProgram, runCommandLine } from '../cli/program.ts';
import { UserError } from '../cli/user-error.ts';
import { changeTable } from './change-table.ts';

interface Flags extends StackFlags {
  site: string;
  device: string;
}

export function runForgetDevice(argv: string[], io: Io): Promise<number> {
  const command = addStackOptions(
    new Command('npm run forget-device --')
      .usage('--site SITE --device DEVICE [--local [--dir DIR]]')
      .description('Miss a device no more that was taken out of service: it leaves its site’s roster.')
      .requiredOption('--site <site>', 'the site of the device')
      .requiredOption('--device <device>', 'its name there'),
    'at the local runtime instead of AWS',
  );
  return runCommandLine(command, argv, io, async ({ site, device, ...flags }: Flags) => {
    const outputs = await outputsOf(flags);
    await changeTable(outputs, outputs.StateTableName, (client) =>
      forgetDevice(createIncidentStore(client, outputs.StateTableName, Date.now), site, device),
    );
    io.stdout(
      `${device} of ${site} is not missed any more. If its silence was told, that ends with the site's next readings.\nOnce it is heard again, it is watched again.\n`,
    );
  });
}

/**
 * A site whose last device goes is not missed any more, either.
 * @throws UserError where the site has no such device
 */
export async function forgetDevice(store: IncidentStore, siteId: string, deviceId: string): Promise<void> {
  await leaveRoster(store, siteId, deviceId);
  await countAgain(store, siteId);
}

const leaveRoster = (store: IncidentStore, siteId: string, deviceId: string): Promise<void> =>
  overConflicts(async () => {
    const { roster } = (await store.site(siteId)).presence;
    if (!roster?.devices.includes(deviceId)) {
      throw new UserError(
        `Nobody misses ${deviceId} at ${siteId}: it was never heard there, or was given up. Are the names right?`,
      );
    }
    const devices = roster.devices.filter((id) => id !== deviceId);
    await store.savePresence({ roster: { siteId, version: roster.version, devices } });
  });

/** The watchdog knows of a site only how many devices it has: the detector tells it with the next readings, if any come. */
const countAgain = (store: IncidentStore, siteId: string): Promise<void> =>
  overConflicts(async () => {
    const { front, roster } = (await store.site(siteId)).presence;
    if (front === undefined || roster === undefined || front.devices === roster.devices.length) return;
    await store.savePresence({ front: { ...front, devices: roster.devices.length } });
  });

await runAsProgram(import.meta.url, runForgetDevice);
