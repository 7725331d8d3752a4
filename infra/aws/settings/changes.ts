/** What becomes of the settings of a stack when it is deployed with others. */
import { type Config, KNOBS } from './config.ts';
import type { Knob } from './knobs.ts';

export interface Change {
  /** For a person. Addresses are personal data: it shows how many, and of those that go, the first letter. */
  text: string;
  /** Somebody loses something by it. */
  takesAway: boolean;
}

const knobs = Object.entries<Knob<unknown>>(KNOBS) as [keyof Config, Knob<unknown>][];
const isSame = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** Settings that somebody has chosen: those that are not the default. Nothing else has to be remembered. */
export const chosenIn = (config: Config): Partial<Config> =>
  Object.fromEntries(
    knobs.flatMap(([name, knob]) =>
      isSame(config[name], knob.parse(undefined)) ? [] : [[name, config[name]]],
    ),
  );

/** One line for each setting that changes, and for each that was chosen and stays. */
export function changesOf(deployed: Config, wanted: Config): Change[] {
  const chosen = chosenIn(deployed);
  return knobs.flatMap(([name, knob]) => {
    const [from, to] = [deployed[name], wanted[name]];
    // It says nothing about a stream that scales by itself.
    if (name === 'shards' && wanted.streamMode === 'on-demand') return [];
    if (isSame(from, to) && !Object.hasOwn(chosen, name)) return [];
    const loss = isSame(from, to) ? undefined : knob.takes?.(from, to);
    const text =
      Array.isArray(from) && Array.isArray(to) ? listChange(name, from, to) : change(name, from, to);
    return [{ text: loss === undefined ? text : `${text} (${loss})`, takesAway: loss !== undefined }];
  });
}

const change = (name: string, from: unknown, to: unknown) =>
  isSame(from, to) ? `${name}: keeps ${from}` : `${name} ${from} → ${to}`;

function listChange(name: string, from: readonly string[], to: readonly string[]): string {
  const gone = from.filter((address) => !to.includes(address));
  const parts = [
    ['keeps', from.length - gone.length],
    ['adds', to.filter((address) => !from.includes(address)).length],
    ['removes', gone.length === 0 ? 0 : gone.map(masked).join(', ')],
  ].filter(([, what]) => what !== 0);
  return `${name}: ${parts.map((part) => part.join(' ')).join(', ')}`;
}

/** `o…@example.com`: enough for somebody who knows the addresses, in a log that others may read. */
const masked = (address: string) => `${address.slice(0, 1)}…${address.slice(address.lastIndexOf('@'))}`;
