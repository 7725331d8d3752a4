/**
 * Reads of dynalite's store without a detour. By itself every call looks up its table, and a Query reads one item and then
 * the rest, each in a thread of the file system: three waits, of which a Query of a few items needs one. What is looked up
 * by its key is in memory nearly always, so it is read at once.
 */
import { Readable } from 'node:stream';

interface Values {
  nextv(size: number): Promise<unknown[]>;
  close(): Promise<void>;
}

/** The part of dynalite's LevelDB that matters here. */
export interface ReadableDb {
  values(range: object): Values;
  createValueStream(range: object): Readable;
  _get(key: unknown, options: object): Promise<unknown>;
  _getSync(key: unknown, options: object): unknown;
}

const ITEMS_AT_ONCE = 100;

export function readQuickly(db: ReadableDb): void {
  db._get = async (key, options) => db._getSync(key, options);
  db.createValueStream = (range) => {
    const values = db.values(range);
    return new Readable({
      objectMode: true,
      read() {
        values.nextv(ITEMS_AT_ONCE).then(
          (items) => {
            for (const item of items) this.push(item);
            // Fewer than asked for may come at any time.
            if (items.length === 0) this.push(null);
          },
          (error) => this.destroy(error),
        );
      },
      destroy(error, done) {
        const end = () => done(error);
        values.close().then(end, end);
      },
    });
  };
}
