import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clipped, isWhole, oneLine } from '../../../services/contract/text.ts';
import { anyText } from '../../support/any-text.ts';

const anyUnits = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 12 });

test('A text is cut between characters, and loses no more than one unit by that', () => {
  fc.assert(
    fc.property(anyText({ maxLength: 12 }), fc.nat({ max: 14 }), (text, most) => {
      const short = clipped(text, most);
      expect(isWhole(short)).toBe(true);
      expect(text.startsWith(short)).toBe(true);
      expect(short.length).toBeGreaterThanOrEqual(Math.min(text.length, most - 1));
      expect(short.length).toBeLessThanOrEqual(most);
    }),
  );
});

test('One line is whole, and has no break, whatever was written', () => {
  fc.assert(
    fc.property(anyUnits, fc.nat({ max: 14 }), (units, most) => {
      const line = oneLine(String.fromCharCode(...units), most);
      expect(isWhole(line)).toBe(true);
      expect(line).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
      expect(line.length).toBeLessThanOrEqual(most);
    }),
  );
  expect(oneLine('Eve\r\nIncident   false \ud83d', 99)).toBe('Eve Incident   false \ufffd');
});
