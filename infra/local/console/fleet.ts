/** The fleet that runs with a session, for the page and the keys. */
import type { FleetCommand } from '../../cli/fleet-control.ts';
import type { FleetState } from './page-state.ts';

export interface Fleet {
  state(): FleetState;
  /** Sends a command. Resolves with the reason, in words for a person, if it was not carried out. */
  send(command: FleetCommand): Promise<string | undefined>;
}
