/** A desk that keeps in memory what is done at it. */
import { stateOf } from '../../../../../../infra/cli/silences.ts';
import { UserError } from '../../../../../../infra/cli/user-error.ts';
import type { Desk } from '../../../../../../infra/local/console/server/desk.ts';
import type { ByHand } from '../../../../../../services/contract/by-hand.ts';
import { type Silence, silenceSchema } from '../../../../../../services/contract/silence-schema.ts';
import { formatTimestamp } from '../../../../../../services/contract/time.ts';

export interface FakeDesk extends Desk {
  deeds: ({ id: string; deed: 'acknowledge' | 'close' } & ByHand)[];
  kept: Map<string, Silence>;
  /** Ids of incidents that are open; undefined for any. */
  open: Set<string> | undefined;
}

export function fakeDesk(): FakeDesk {
  const kept = new Map<string, Silence>();
  const desk: FakeDesk = {
    deeds: [],
    kept,
    open: undefined,
    acknowledge: (id, byHand) => note('acknowledge', id, byHand),
    close: (id, byHand) => note('close', id, byHand),
    silences: {
      list: async () => [...kept.values()],
      async add(given) {
        const { data, error } = silenceSchema.safeParse({ ...given, id: `silence-${kept.size}` });
        if (!data) throw UserError.misuse(error.issues[0]?.message ?? '');
        kept.set(data.id, data);
        return data;
      },
      async end(id, nowMs) {
        const silence = kept.get(id);
        if (!silence || stateOf(silence, nowMs) === 'over') throw new UserError(`There is no silence ${id}.`);
        const ended = { ...silence, ends_at: formatTimestamp(nowMs) };
        kept.set(id, ended);
        return ended;
      },
    },
  };
  async function note(deed: 'acknowledge' | 'close', id: string, byHand: ByHand) {
    if (desk.open?.has(id) === false) return false;
    desk.deeds.push({ id, deed, ...byHand });
    return true;
  }
  return desk;
}
