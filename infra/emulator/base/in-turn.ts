/** Work that must not overlap. */
export type InTurn = <T>(act: () => Promise<T>) => Promise<T>;

/** Each call begins when the one before it has ended, even if that one failed. */
export function createInTurn(): InTurn {
  let last: Promise<unknown> = Promise.resolve();
  return (act) => {
    const turn = last.then(act);
    last = turn.catch(() => undefined);
    return turn;
  };
}
