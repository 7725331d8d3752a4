import { expect, test } from 'vitest';
import { SetupError } from '../../../../infra/emulator/base/setup-error.ts';
import { compileJq } from '../../../../infra/emulator/firehose/jq.ts';

test('each input has its own result, whatever its neighbours do', async () => {
  const jq = await compileJq('if .n == 1 then error("one") elif .n == 2 then halt else .n, "x" end # ok');
  expect(await jq.run(['{"n":0}', '{"n":1}', '{"n":2}', '{"n":"\\u00e9\\n"}', '{"n":1'])).toEqual([
    { outputs: [0, 'x'] },
    { error: 'one' },
    { error: expect.any(String) },
    { outputs: ['é\n', 'x'] },
    { error: expect.any(String) },
  ]);
  expect(await jq.run([])).toEqual([]);
});

test('more calls than one WebAssembly module survives, two at a time', async () => {
  const jq = await compileJq('.n + 1');
  const inputs = Array.from({ length: 3000 }, (_, n) => JSON.stringify({ n }));
  const expected = inputs.map((_, n) => ({ outputs: [n + 1] }));
  const [once, again] = await Promise.all([jq.run(inputs), jq.run(inputs.slice(0, 100))]);
  expect(once).toEqual(expected);
  expect(again).toEqual(expected.slice(0, 100));
});

test("a query that does not compile is refused with jq's message", async () => {
  await expect(compileJq('{dt: (.a | }')).rejects.toThrow(SetupError);
  await expect(compileJq('{dt: (.a | }')).rejects.toThrow(/not valid jq: .*syntax error/);
});

test('an input beyond 4 KB is an error of its own, before jq sees it', async () => {
  const jq = await compileJq('.n');
  const ofBytes = (bytes: number) => `{"n":"${'é'.repeat((bytes - 8) / 2)}"}`;
  const refused = { error: expect.stringMatching(/^NOT_SUPPORTED_LOCALLY: .* longer than 4096 bytes$/) };
  expect(await jq.run(['{"n":1}', ofBytes(4096), ofBytes(4098), ofBytes(1e6), '{"n":2}'])).toEqual([
    { outputs: [1] },
    { outputs: [expect.stringMatching(/^é+$/)] },
    refused,
    refused,
    { outputs: [2] },
  ]);
});
