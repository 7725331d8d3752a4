/** Commands from the process that started this one: pause, resume, inject an anomaly. See fleet-control.ts. */
import { type FleetCommand, type FleetMessage, fleetRequestSchema } from '../../infra/cli/fleet-control.ts';
import { Fleet } from '../fleet.ts';
import type { Source } from '../source.ts';
import type { Gate } from './gate.ts';

/** The part of `process` that is used here. */
export interface Channel {
  connected?: boolean;
  send?(message: unknown): unknown;
  on(event: 'message', listener: (message: unknown) => void): unknown;
  on(event: 'disconnect', listener: () => void): unknown;
}

/**
 * Follows the commands from the channel, if there is one.
 * @param onOrphaned called when the other process has ended without asking this one to stop
 */
export function obey(channel: Channel, source: Source, gate: Gate, onOrphaned: () => void): void {
  if (!channel.send) return;
  channel.on('disconnect', onOrphaned);
  // It ended while this one was starting, before anybody listened.
  if (channel.connected === false) onOrphaned();
  channel.on('message', (message) => {
    const request = fleetRequestSchema.safeParse(message);
    if (!request.success) return;
    const { id, command } = request.data;
    tell(channel, { type: 'reply', id, problem: execute(command, source, gate) });
  });
}

/** Sends a message to the other process, if there is one. */
export function tell(channel: Channel, message: FleetMessage): void {
  if (channel.connected) channel.send?.(message);
}

/** @returns why it cannot be done; undefined if it is done */
function execute(command: FleetCommand, source: Source, gate: Gate): string | undefined {
  switch (command.type) {
    case 'pause':
      gate.pause();
      return undefined;
    case 'resume':
      gate.resume();
      return undefined;
    case 'inject': {
      if (!(source instanceof Fleet)) return 'A replay has no anomalies but its own.';
      const { device_id, kind, metric, seconds } = command;
      return source.inject(device_id, kind, metric, seconds * 1000)
        ? undefined
        : `There is no device ${device_id}.`;
    }
  }
}
