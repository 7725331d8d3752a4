/**
 * Notices writes that the store had done and has lost: LevelDB passes over damaged parts of its log without a word. Each
 * write also sets a numbered mark in the store; a file beside it lists the numbers that were acknowledged. What comes while
 * a write is under way shares the next one, with its mark.
 */
import { EntryFile, readEntries, splitLines } from '../state/entry-file.ts';

export interface Change {
  type: 'put' | 'del';
  key: string;
  value?: unknown;
}
type Done = (error?: Error | null) => void;

/** The part of dynalite's LevelDB that matters here. */
export interface LevelDb {
  open(): Promise<void>;
  getMany(keys: string[]): Promise<unknown[]>;
  put(key: string, value: unknown, done: Done): void;
  del(key: string, done: Done): void;
  batch(changes: Change[], done: Done): void;
}

/** Marks in the store; an older one is overwritten. More than LevelDB's log holds. */
const MARKS = 16_384;
/** Numbers in the file before it is begun anew. */
const MAX_NUMBERS = 5_000;

/** From now on every write sets its mark. @returns a function that counts what is lost of what earlier processes wrote; to be called once */
export function witnessWrites(db: LevelDb, path: string): () => Promise<number> {
  const file = new EntryFile(path);
  const numbers = readEntries(path, splitLines).entries.map(Number).filter(Number.isSafeInteger);
  // A negative number has been used, and is not watched any more.
  const acknowledged = numbers.filter((number) => number > 0);
  const used = numbers.reduce((most, number) => Math.max(most, Math.abs(number)), 0);
  let next = used + 1;
  let listed = Number.POSITIVE_INFINITY;

  function note(number: number): void {
    const line = Buffer.from(`${number}\n`);
    try {
      if (listed >= MAX_NUMBERS) {
        file.replace([line]);
        listed = 0;
      } else file.append([line]);
      listed += 1;
    } catch {
      // On a full disk. This write is not watched; it is safe all the same.
    }
  }

  const { batch } = db;
  let waiting: { changes: Change[]; done: Done }[] = [];
  let isWriting = false;

  function writeNext(): void {
    if (isWriting || waiting.length === 0) return;
    const taken = waiting;
    waiting = [];
    isWriting = true;
    const number = next;
    next += 1;
    const mark: Change = { type: 'put', key: markOf(number), value: number };
    const settle: Done = (error) => {
      isWriting = false;
      if (!error) note(number);
      for (const { done } of taken) done(error);
      writeNext();
    };
    batch.call(db, [...taken.flatMap(({ changes }) => changes), mark], settle);
  }

  db.batch = (changes, done) => {
    waiting.push({ changes, done });
    writeNext();
  };
  db.put = (key, value, done) => db.batch([{ type: 'put', key, value }], done);
  db.del = (key, done) => db.batch([{ type: 'del', key }], done);

  return async () => {
    const marks = await db.getMany(acknowledged.map(markOf));
    const lost = acknowledged.filter((number, i) => !(Number(marks[i] ?? 0) >= number));
    if (lost.length > 0) note(-used);
    return lost.length;
  };
}

/** Sorts before everything of dynalite's. */
const markOf = (number: number) => `\u0001${number % MARKS}`;
