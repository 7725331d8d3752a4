/** The fleet that runs with a session, as far as the page and the keys see and steer it. */
import type { FleetCommand } from '../../cli/fleet-control.ts';
import type { FleetState } from './page-state.ts';

export interface Fleet {
  state(): FleetState;
  /** Passes a command on. Resolves with the reason if it was not carried out, for a person. */
  send(command: FleetCommand): Promise<string | undefined>;
}
