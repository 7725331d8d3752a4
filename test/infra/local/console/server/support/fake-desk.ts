/** A desk that keeps in memory what is done at it. */
import type { Desk } from '../../../../../../infra/local/console/server/desk.ts';
import type { ByHand } from '../../../../../../services/contract/by-hand.ts';
import type { Silence } from '../../../../../../services/contract/silence-window.ts';

export interface FakeDesk extends Desk {
  deeds: ({ id: string; deed: 'acknowledge' | 'close' } & ByHand)[];
  kept: Map<string, Silence>;
  /** Ids of incidents that are open; undefined for any. */
  open: Set<string> | undefined;
}

export function fakeDesk(): FakeDesk {
  const desk: FakeDesk = {
    deeds: [],
    kept: new Map(),
    open: undefined,
    acknowledge: (id, byHand) => note('acknowledge', id, byHand),
    close: (id, byHand) => note('close', id, byHand),
    silences: async () => [...desk.kept.values()],
    putSilence: async (silence) => void desk.kept.set(silence.id, silence),
  };
  async function note(deed: 'acknowledge' | 'close', id: string, byHand: ByHand) {
    if (desk.open?.has(id) === false) return false;
    desk.deeds.push({ id, deed, ...byHand });
    return true;
  }
  return desk;
}
