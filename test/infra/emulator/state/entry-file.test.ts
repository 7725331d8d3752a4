import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import {
  EntryFile,
  readEntries,
  removeEntries,
  splitLines,
} from '../../../../infra/emulator/state/entry-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'entry-file-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'entries');
const index = `${file}.index`;

const lineOf = (text: string) => Buffer.from(`${text}\n`);
const texts = fc.array(
  fc.string({ maxLength: 12 }).map((text) => text.replaceAll('\n', ' ')),
  {
    minLength: 1,
    maxLength: 12,
  },
);

function written(all: readonly string[]): void {
  removeEntries(file);
  const entries = new EntryFile(file);
  for (let at = 0; at < all.length; at += 3) entries.append(all.slice(at, at + 3).map(lineOf));
}

function found() {
  const { entries, lost } = readEntries(file, splitLines);
  return { texts: entries.map((entry) => entry.toString().slice(0, -1)), lost };
}

/** The number of the entry in which a byte of the file is. */
function entryAt(all: readonly string[], byte: number): number {
  let end = 0;
  return all.findIndex((text) => {
    end += lineOf(text).length;
    return byte < end;
  });
}

describe('a file of entries', () => {
  it('cut at any byte keeps every entry before, and counts the others', () => {
    fc.assert(
      fc.property(texts, fc.nat(), (all, random) => {
        written(all);
        const bytes = readFileSync(file);
        const length = random % bytes.length;
        writeFileSync(file, bytes.subarray(0, length));
        const kept = entryAt(all, length);
        expect(found()).toEqual({ texts: all.slice(0, kept), lost: all.length - kept });
      }),
    );
  });

  it('with any byte changed loses that entry, counts it, and keeps all others', () => {
    fc.assert(
      fc.property(texts, fc.nat(), fc.integer({ min: 1, max: 255 }), (all, random, flip) => {
        written(all);
        const bytes = readFileSync(file);
        const at = random % bytes.length;
        bytes[at] = (bytes[at] as number) ^ flip;
        writeFileSync(file, bytes);
        const damaged = entryAt(all, at);
        expect(found()).toEqual({ texts: all.filter((_, i) => i !== damaged), lost: 1 });
      }),
    );
  });

  it('loses nothing when its index is cut or changed anywhere, or gone', () => {
    fc.assert(
      fc.property(texts, fc.nat(), fc.integer({ min: 0, max: 255 }), (all, random, flip) => {
        written(all);
        const bytes = readFileSync(index);
        const at = random % bytes.length;
        if (flip > 0) bytes[at] = (bytes[at] as number) ^ flip;
        writeFileSync(index, flip > 0 ? bytes : bytes.subarray(0, at));
        expect(found()).toEqual({ texts: all, lost: 0 });
        rmSync(index);
        expect(found()).toEqual({ texts: all, lost: 0 });
      }),
    );
  });

  it('counts all of them when the file itself is gone', () => {
    written(['a', 'b']);
    rmSync(file);
    expect(found()).toEqual({ texts: [], lost: 2 });
  });

  it('is read without an index, as an earlier version wrote it, and what was never accepted is no loss', () => {
    removeEntries(file);
    writeFileSync(file, 'a\nb\nhalf a li');
    expect(found()).toEqual({ texts: ['a', 'b'], lost: 0 });
    written(['a']);
    appendFileSync(file, 'half a li');
    expect(found()).toEqual({ texts: ['a'], lost: 0 });
  });

  it('is readable by its owner only', () => {
    written(['a']);
    expect([file, index].map((path) => statSync(path).mode & 0o777)).toEqual([0o600, 0o600]);
    new EntryFile(file).replace([lineOf('b')]);
    expect([file, index].map((path) => statSync(path).mode & 0o777)).toEqual([0o600, 0o600]);
  });
});
