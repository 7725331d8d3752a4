/** The mark of an incident as attributes of its item. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { type Attributes, type ItemReader, number } from './item.ts';
import type { Mark, Sighting } from './mark.ts';

export const sightingAttributes = ({ at, seq, arrived }: Sighting): Attributes => ({
  at: { S: at },
  seq: number(seq),
  arrived: number(arrived),
});

/** Beside `high_water_mark`, which people and earlier versions read. */
export function markAttribute({ at, seq, arrived, turns, floor, closed }: Mark): AttributeValue {
  const M: Attributes = { at: { S: at }, seq: number(seq), arrived: number(arrived), turns: number(turns) };
  if (floor !== undefined) M.floor = { S: floor };
  if (closed !== undefined) M.closed = number(closed);
  return { M };
}

export function markOf(item: ItemReader): Mark {
  // An item of an earlier version: no seq is newer than its mark's, so that time alone decides, as it did then.
  if (!item.has('high_water')) {
    const at = item.text('high_water_mark');
    const arrived = item.has('folded_arrival') ? item.number('folded_arrival') : 0;
    return { at, seq: Number.MAX_SAFE_INTEGER, arrived, turns: 0 };
  }
  const mark = item.map('high_water');
  return {
    ...readSighting(mark),
    turns: mark.number('turns'),
    ...(mark.has('floor') && { floor: mark.text('floor') }),
    ...(mark.has('closed') && { closed: mark.number('closed') }),
  };
}

export const readSighting = (item: ItemReader): Sighting => ({
  at: item.text('at'),
  seq: item.number('seq'),
  arrived: item.number('arrived'),
});
