/** Texts of any characters, for properties. */
import fc, { type StringConstraints } from 'fast-check';

const SURROGATES = 0xd800;
const SURROGATE_COUNT = 0x800;

/**
 * Any code point but half of a pair, as `unit: 'binary'` has it. That one keeps a table of all 1.1 million of them for each
 * arbitrary: half a second to make it, and a hundred megabytes for the garbage collector to look at from then on.
 */
const codePoint = fc.integer({ min: 0, max: 0x10ffff - SURROGATE_COUNT }).map(
  (place) => String.fromCodePoint(place < SURROGATES ? place : place + SURROGATE_COUNT),
  (text) => placeOf(text),
);

/** @throws Error for what is not one such character, from which fast-check knows that it is none of these */
function placeOf(text: unknown): number {
  const point = typeof text === 'string' ? text.codePointAt(0) : undefined;
  const isHalf = point !== undefined && point >= SURROGATES && point < SURROGATES + SURROGATE_COUNT;
  if (point === undefined || isHalf || text !== String.fromCodePoint(point))
    throw new Error(`Expected one character, got ${JSON.stringify(text)}`);
  return point < SURROGATES ? point : point - SURROGATE_COUNT;
}

export const anyText = (constraints: Omit<StringConstraints, 'unit'> = {}) =>
  fc.string({ ...constraints, unit: codePoint });
