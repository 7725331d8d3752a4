import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

interface Address {
  page: string;
  names: string[];
  query: URLSearchParams;
}
/** The page's scripts have types of their own. */
const script: string = '../../infra/local/console/page/address.js';
const { addressOf, parseAddress } = (await import(script)) as {
  addressOf(names: string[], query?: Record<string, string | undefined>): string;
  parseAddress(hash: string): Address | undefined;
};

describe('an address of the page', () => {
  it.each([
    ['', 'incidents', []],
    ['#/', 'incidents', []],
    ['#/incidents', 'incidents', []],
    ['#/incidents/0123456789abcdef01234567', 'incident', ['0123456789abcdef01234567']],
    ['#/sites/north', 'fleet', ['north']],
    ['#/devices/north/dev-3?last=6h', 'device', ['north', 'dev-3']],
    ['#/rules/temperature-high', 'rules', ['temperature-high']],
    ['#/queries/device-last-hour?DEVICE_ID=dev-3', 'queries', ['device-last-hour']],
  ])('%s is %s of %j', (hash, page, names) => {
    expect(parseAddress(hash)).toMatchObject({ page, names });
  });

  it.each([
    '#main',
    '#/nowhere',
    '#/devices/north',
    '#/incidents/',
    '#/incidents/a/b',
    '#/rules/%E0%A4%A',
    '#/toString',
    '#/devices/north/%ff',
    '#/devices/north/dev%203',
    `#/sites/${'n'.repeat(65)}`,
  ])('%s is one of nothing', (hash) => {
    expect(parseAddress(hash)).toBeUndefined();
  });

  it('says again what it was made of, whatever the names', () => {
    const text = fc.string({ minLength: 1, unit: 'grapheme' });
    fc.assert(
      fc.property(text, text, (rule, value) => {
        const address = parseAddress(addressOf(['rules', rule], { last: value, from: undefined }));
        expect(address?.names).toEqual([rule]);
        expect([...(address?.query ?? [])]).toEqual([['last', value]]);
      }),
    );
  });
});
