import { expect, it } from 'vitest';
import { whyForeign } from '../../../../infra/emulator/wire/origin.ts';

it.each([
  [{ host: '127.0.0.1:4566' }],
  [{ host: 'localhost' }],
  [{ host: 'LOCALHOST:4566' }],
  [{ host: '[::1]:4566' }],
  [{ ':authority': 'localhost:4566' }],
  [{ host: 'localhost:8080', origin: 'http://localhost:8080' }],
  [{ host: 'localhost', 'sec-fetch-site': 'same-origin', 'sec-fetch-dest': 'empty' }],
  [{ host: 'localhost', 'sec-fetch-site': 'none', 'sec-fetch-dest': 'document' }],
  // A link in somebody's chat.
  [{ host: 'localhost', 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'document' }],
])('lets %j pass', (headers) => {
  expect(whyForeign(headers)).toBeUndefined();
});

it.each([
  [{}],
  [{ host: '' }],
  [{ host: 'evil.example' }],
  [{ host: '127.0.0.1.nip.io' }],
  [{ host: 'localhost.evil.example:4566' }],
  [{ host: 'user@127.0.0.1:4566' }],
  [{ host: '0.0.0.0:4566' }],
  [{ host: '127.0.0.1:4566', ':authority': 'evil.example' }],
  [{ host: 'evil.example', ':authority': '127.0.0.1:4566' }],
  [{ host: '', ':authority': '127.0.0.1:4566' }],
  [{ host: 'localhost', ':authority': '127.0.0.1', origin: 'http://localhost' }],
  [{ host: '127.0.0.1:4566', origin: 'null' }],
  [{ host: '127.0.0.1:4566', origin: 'http://evil.example' }],
  [{ host: '127.0.0.1:4566', origin: 'http://127.0.0.1:3000' }],
  [{ host: '127.0.0.1:4566', origin: 'https://127.0.0.1:4566' }],
  [{ host: '127.0.0.1:4566', origin: 'http://localhost:4566' }],
  [{ host: 'localhost', 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'empty' }],
  [{ host: 'localhost', 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'image' }],
  [{ host: 'localhost', 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'iframe' }],
  [{ host: 'localhost', 'sec-fetch-site': 'same-site', 'sec-fetch-dest': 'empty' }],
])('refuses %j', (headers) => {
  expect(whyForeign(headers)).toMatch(/^Expected .*, got /);
});
