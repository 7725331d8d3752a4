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
  await expect(compileJq('{dt: (.a | }')).rejects.toThrow(/no valid jq: .*syntax error/);
});
