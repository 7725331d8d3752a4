/** The members of a form, ready to be gone through: a call with 500 records asks for the same ones 500 times. */
import type { Members, Shape } from './shapes.ts';

export interface Member {
  name: string;
  /** As AWS' messages have it. */
  shown: string;
  shape: Shape;
}

const listed = new WeakMap<Members, readonly Member[]>();

export function membersOf(members: Members): readonly Member[] {
  const before = listed.get(members);
  if (before) return before;
  const list = Object.entries(members).map(([name, shape]) => ({
    ...{ name, shape },
    shown: `${name[0]?.toLowerCase()}${name.slice(1)}`,
  }));
  listed.set(members, list);
  return list;
}
