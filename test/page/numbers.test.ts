/** How values are shown: on the page, and in what alerts say. */
import { describe, expect, it } from 'vitest';
import { axisValue, measured } from '../../infra/local/console/page/format.js';
import { shownNumber } from '../../services/contract/shown.ts';

describe('a value', () => {
  it.each([
    [0, '0.0', '0', '0'],
    [-0, '0.0', '0', '0'],
    [1e-9, '1e-9', '1e-9', '1e-9'],
    [-1.23456e-9, '-1.23e-9', '-1.23e-9', '-1.23e-9'],
    [0.0149, '0.0149', '0.0149', '0.0149'],
    [-0.04, '-0.04', '-0.04', '-0.04'],
    [-0.05, '-0.05', '-0.05', '-0.05'],
    [0.30000000000000004, '0.3', '0.3', '0.3'],
    [-0.123, '-0.1', '-0.123', '-0.12'],
    [93.456, '93.5', '93.456', '93.46'],
    [101_325, '101325.0', '101,325', '101325'],
  ])('%d is shown as %s, on an axis as %s, and told as %s', (value, shown, onAxis, told) => {
    expect([measured(value), axisValue(value), String(shownNumber(value))]).toEqual([shown, onAxis, told]);
  });
});
