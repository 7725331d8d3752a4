/** Runs a command about a device for the page, in a process of its own: the same program that a person types. */
import { execFile } from 'node:child_process';
import { programAt } from '../../cli/run/program-at.ts';
import type { DeviceCommand, RunDeviceCommand } from '../console/device-commands.ts';

const LONGEST_MS = 60_000;
const FILES: Record<DeviceCommand, string> = {
  'forget-device': 'infra/commands/forget-device.ts',
  'reset-model': 'infra/commands/reset-model.ts',
};

export const createDeviceCommands =
  (project: string, stateDir: string): RunDeviceCommand =>
  (command, site, device) =>
    new Promise((resolve) => {
      // A name may begin with a hyphen.
      const flags = [`--site=${site}`, `--device=${device}`, '--local', '--dir', stateDir];
      execFile(
        process.execPath,
        [...programAt(project, FILES[command]), ...flags],
        { cwd: project, timeout: LONGEST_MS },
        (error, stdout, stderr) =>
          resolve({ text: (error ? stderr || error.message : stdout).trim(), failed: error !== null }),
      );
    });
