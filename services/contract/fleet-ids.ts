/** Names of a simulated fleet's devices, by which its truth and the alerts about it are told apart from others. */

/** `dev-1` is the first device. */
export const deviceId = (device: number): string => `dev-${device + 1}`;

/** Number, from 0, of the device of an id such as `dev-3`; undefined if a fleet of `devices` has no such one. */
export function deviceNumber(id: string, devices: number): number | undefined {
  const match = /^dev-([1-9]\d{0,8})$/.exec(id);
  const device = match ? Number(match[1]) - 1 : Number.NaN;
  return device < devices ? device : undefined;
}
