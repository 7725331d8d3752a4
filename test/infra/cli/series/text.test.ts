import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readSeries } from '../../../../infra/cli/series/series.ts';
import { openText, wholeText } from '../../../../infra/cli/series/text.ts';

const folder = mkdtempSync(join(tmpdir(), 'series-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const TABLE = 'time\tTemp °C\r\n2026-05-04 10:00\t19.5\r\n';

describe('a text file', () => {
  it.each([
    ['UTF-8', Buffer.from(TABLE)],
    ['UTF-8 with a byte order mark', Buffer.from(`\uFEFF${TABLE}`)],
    ['UTF-16, as spreadsheets write it', Buffer.from(`\uFEFF${TABLE}`, 'utf16le')],
  ])('is read as %s', async (name, bytes) => {
    const text = await openText(file(name, bytes));
    expect(text.head).toBe(TABLE);
    expect((await readSeries(text, { metric: 'temperature', column: 'temp °C' })).values).toEqual([19.5]);
  });

  it('is read whole, with letters that lie across two pieces', async () => {
    const content = `x${'°'.repeat(200_000)}`;
    const text = await openText(file('long', content));
    expect(text.head.length).toBeLessThan(content.length);
    expect(await wholeText(text)).toBe(content);
  });

  it('may be a pipe', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const [text] = await Promise.all([
      openText(pipe),
      import('node:fs/promises').then((fs) => fs.writeFile(pipe, TABLE)),
    ]);
    expect(await wholeText(text)).toBe(TABLE);
  });

  it.each([
    ['is missing', join(folder, 'missing'), /^Cannot read .*missing: there is no such file$/],
    ['is a folder', folder, /^Cannot read .*: it is a folder$/],
    [
      'is a spreadsheet',
      file('some.xlsx', Buffer.from('504b0304140000000800', 'hex')),
      /Expected a text file, got binary data/,
    ],
  ])('that %s is one clear error', async (_, path, message) => {
    await expect(openText(path)).rejects.toThrow(message);
    await expect(openText(path)).rejects.toMatchObject({ misuse: true });
  });
});
