/**
 * Names of simulated fleets, by which their truth and the alerts about them are told apart from others. A fleet whose
 * seed is not the default has it in its names, so that two fleets beside each other share none.
 */

/** Seed of the fleet whose devices are simply `dev-1`, `dev-2`, … */
export const DEFAULT_SEED = 1;

/** What follows the name of a device or a site; `number` counts from 0. `17`, or `2-17` in the fleet of seed 2. */
export const ordinal = (seed: number, number: number): string =>
  seed === DEFAULT_SEED ? `${number + 1}` : `${seed}-${number + 1}`;

/** Id of a device; `number` counts from 0. */
export const deviceId = (seed: number, number: number): string => `dev-${ordinal(seed, number)}`;

/** Number, from 0, of the device with this id; undefined if the fleet of this seed and size has no such one. */
export function deviceNumber(id: string, seed: number, devices: number): number | undefined {
  const number = Number(/-([1-9]\d{0,8})$/.exec(id)?.[1]) - 1;
  return number < devices && id === deviceId(seed, number) ? number : undefined;
}
