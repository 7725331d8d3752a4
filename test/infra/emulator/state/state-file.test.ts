import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readStateFile, stateText } from '../../../../infra/emulator/state/state-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'state-file-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'state.json');
const schema = z.object({ startedAt: z.number(), shards: z.record(z.string(), z.string()) });
const STATE = { startedAt: 1_700_000_000_000, shards: { 'shardId-000000000000': '4968055701220186807' } };
const OTHERWISE = 'It is damaged.';
const read = () => readStateFile(file, schema, OTHERWISE);

describe('a small state file', () => {
  it('is what was written, or refused: wherever a byte is changed or the file is cut', () => {
    const bytes = Buffer.from(stateText(STATE));
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: bytes.length - 1 }),
        fc.integer({ min: 0, max: 255 }),
        (at, flip) => {
          const damaged = flip === 0 ? bytes.subarray(0, at) : Buffer.from(bytes);
          if (flip > 0) damaged[at] = (damaged[at] as number) ^ flip;
          writeFileSync(file, damaged);
          let state: unknown = STATE;
          try {
            state = read();
          } catch (error) {
            expect((error as Error).message).toBe(OTHERWISE);
          }
          expect(state).toEqual(STATE);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('of an earlier version has no checksum, and is read', () => {
    writeFileSync(file, JSON.stringify(STATE));
    expect(read()).toEqual(STATE);
    expect(JSON.parse(readFileSync(file, 'utf8'))).not.toHaveProperty('crc32');
  });
});
