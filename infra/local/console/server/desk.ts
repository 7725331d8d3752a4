/** What people on call do from the page, by the same operations as the commands: notes on items of the state table. */
import type { ByHand } from '../../../../services/contract/by-hand.ts';
import { acknowledge, requestClose } from '../../../cli/incidents/act.ts';
import { incidentsLike, type StateTable } from '../../../cli/incidents/list.ts';
import { openSilenceStore, type SilenceStore } from '../../../cli/silences.ts';

export interface Desk {
  /** Who looks after an incident. False where it is not open. */
  acknowledge(id: string, deed: ByHand): Promise<boolean>;
  /** Asks for its end. False where it is not open. */
  close(id: string, deed: ByHand): Promise<boolean>;
  silences: SilenceStore;
}

/** @param table of the stack; asked for at each call, because its address is not known before the stack runs */
export function createDesk(table: () => StateTable): Desk {
  async function change(make: typeof acknowledge, id: string, deed: ByHand): Promise<boolean> {
    const [incident] = (await incidentsLike(table(), id)).filter(({ incident_id }) => incident_id === id);
    return incident !== undefined && (await make(table(), incident, deed)) !== undefined;
  }
  const silences = () => openSilenceStore(table().client, table().name);
  return {
    acknowledge: (id, deed) => change(acknowledge, id, deed),
    close: (id, deed) => change(requestClose, id, deed),
    silences: {
      list: () => silences().list(),
      add: (silence) => silences().add(silence),
      end: (id, nowMs) => silences().end(id, nowMs),
    },
  };
}
