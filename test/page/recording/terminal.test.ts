import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { linesOf, withoutWaits } from './terminal.ts';
import { terminalSvg } from './terminal-svg.ts';

const ROOT = resolve(import.meta.dirname, '../../..');

describe('what a program writes', () => {
  it('is lines with the time of their end, however it was cut, and stretches by colour', () => {
    const chunks = [
      { at: 1, text: 'a\u001b[1mb' },
      { at: 2, text: 'c\u001b[22md\r\n\u001b[31mred\u001b[39m\u001b[K\r\nlost' },
    ];
    expect(linesOf(chunks)).toEqual([
      {
        at: 2,
        stretches: [
          { text: 'a', styles: [] },
          { text: 'bc', styles: ['bold'] },
          { text: 'd', styles: [] },
        ],
      },
      { at: 2, stretches: [{ text: 'red', styles: ['red'] }] },
    ]);
  });

  it('waits no longer than it may, and keeps the order', () => {
    const lines = [0, 100, 9_000, 9_050].map((at) => ({ at, stretches: [] }));
    expect(withoutWaits(lines, 1_000).map(({ at }) => at)).toEqual([0, 100, 1_100, 1_150]);
  });
});

describe('the picture', () => {
  const line = (at: number, text: string) => ({ at, stretches: [{ text, styles: [] }] });

  it('shows each line from its time on, and the last 24', () => {
    const svg = terminalSvg(
      Array.from({ length: 26 }, (_, i) => line(i * 100, `<${i}>`)),
      'a & b',
    );
    expect(svg).toContain('aria-label="a &amp; b"');
    expect(svg).toContain('>&lt;25&gt;</text>');
    expect(svg).toContain('translateY(-36px)');
    expect(svg.match(/<text /g)).toHaveLength(26);
  });

  it('that the README shows is of this version of the program, and small', () => {
    const svg = readFileSync(join(ROOT, 'docs/recording.svg'), 'utf8');
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const said = svg.replaceAll(/<[^>]*>/g, '');
    expect(said).toContain(`Streamwatch ${version}  ready in`);
    for (const word of ['Ready.', 'FIRING', 'RESOLVED', 'Summary']) expect(said).toContain(word);
    expect(svg.length).toBeLessThan(60_000);
  });
});
