import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { REMEMBERED_MS, runRedrive } from '../../../../infra/commands/redrive/redrive.ts';
import { KEEP_MS } from '../../../../services/detector/incident-store.ts';
import { aggregate } from '../../../support/aggregated.ts';
import { CRASH, failuresFrom, OK, openHarness } from '../support/redrive-harness.ts';

let harness: Awaited<ReturnType<typeof openHarness>>;
beforeEach(async () => {
  harness = await openHarness();
});
afterEach(() => harness.close());

const HOUR_MS = 3_600_000;

describe('redrive --dry-run', () => {
  it('lists failed batches with the reason, and changes nothing', async () => {
    const keys = [
      harness.give({ sequence: 30, records: 2, last: failuresFrom('30') }),
      harness.give({ sequence: 10, records: 3 }),
      harness.give({ shard: 12, sequence: 5, last: null }),
    ];
    const { code, stdout, stderr } = await harness.run(['--dry-run']);
    expect([code, stdout]).toEqual([0, '']);
    expect(stderr).toMatch(/^3 failed batches with 6 records\nin failures\n/);
    const rows = stderr.split('\n').filter((line) => /^ {2}\d{4}-\d\d-\d\d /.test(line));
    expect(rows.map((row) => row.slice(23))).toEqual([
      '    0        3  the function failed, 11 attempts',
      '    0        2  a call to AWS failed, 11 attempts',
      '   12        1  too old: never tried',
    ]);
    expect(stderr).toContain('Nothing was changed');
    expect(Math.max(...stderr.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(harness.objects()).toEqual(keys.sort());
    expect(harness.invocations).toEqual([]);
  });

  it('prints the same as JSON', async () => {
    const key = harness.give({ sequence: 10, records: 3 });
    const { stdout } = await harness.run(['--dry-run', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      ...{
        key,
        shard: 'shardId-000000000000',
        records: 3,
        condition: 'RetryAttemptsExhausted',
        attempts: 11,
      },
      ...{ function_error: 'Unhandled', request_id: 'req-1', result: 'listed' },
    });
  });
});

describe('redrive', () => {
  it('puts batches through the detector in the order of the stream, and moves them aside unchanged', async () => {
    // As numbers: 9 comes before 10, and a child shard after its parent.
    const keys = [
      harness.give({ shard: 1, sequence: 40 }),
      harness.give({ sequence: 10, records: 2 }),
      harness.give({ sequence: 9 }),
    ];
    const bytes = keys.map(harness.read);
    const { code, stderr } = await harness.run([]);
    expect(code).toBe(0);
    expect(harness.invocations).toEqual([['9'], ['10', '11'], ['40']]);
    expect(harness.objects()).toEqual(keys.map((key) => `redriven/${key}`).sort());
    expect(keys.map((key) => harness.read(`redriven/${key}`))).toEqual(bytes);
    expect(stderr).toContain('3 redriven, kept under redriven/ in the same bucket.');
  });

  it('does nothing the second time', async () => {
    harness.give({ sequence: 1 });
    await harness.run([]);
    expect(await harness.run(['--json'])).toEqual({
      code: 0,
      stdout: '',
      stderr: '0 failed batches with 0 records\nin failures\n',
    });
    expect(harness.invocations).toHaveLength(1);
  });

  it('keeps a batch whose records fail in part, and those after it in its shard', async () => {
    const [first, second, other] = [
      harness.give({ sequence: 1, records: 2 }),
      harness.give({ sequence: 5 }),
      harness.give({ shard: 1, sequence: 7 }),
    ];
    harness.handlers.detector = ([start]) => (start === '1' ? failuresFrom('2') : OK);
    const { code, stderr, stdout } = await harness.run(['--json']);
    expect(code).toBe(3);
    expect(harness.invocations).toEqual([['1', '2'], ['7']]);
    expect(harness.objects()).toEqual([first, second, `redriven/${other}`].sort());
    expect(stderr).toContain('stays, because\n    a call to AWS failed again\n');
    expect(stderr).toContain('1 wait for one before them, of their shard or site');
    expect(stderr).toContain('1 redriven, kept');
    expect(stderr).toContain('2 batches stay.');
    const lines = stdout.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).result)).toEqual(['failed', 'held', 'redriven']);
  });

  it('keeps what comes after it in the shards into which its shard was split', async () => {
    const packed = aggregate([
      ['other', '{}'],
      ['moved', '{}'],
    ]);
    const keys = [
      harness.give({ sequence: 1, site: 'moved' }),
      harness.give({ sequence: 5, site: 'behind' }),
      harness.give({ shard: 1, sequence: 10, site: 'moved' }),
      harness.give({ shard: 2, sequence: 20, site: 'any', data: packed }),
      harness.give({ shard: 3, sequence: 30, site: 'behind' }),
      harness.give({ shard: 3, sequence: 40, site: 'later' }),
    ];
    const other = harness.give({ shard: 4, sequence: 50, site: 'elsewhere' });
    harness.handlers.detector = ([start]) => (start === '1' ? failuresFrom('1') : OK);
    const { stdout } = await harness.run(['--json']);
    expect(harness.invocations).toEqual([['1'], ['50']]);
    expect(harness.objects()).toEqual([...keys, `redriven/${other}`].sort());
    const results = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).result);
    expect(results).toEqual(['failed', ...Array(5).fill('held'), 'redriven']);
  });

  it('goes on after a batch that makes the function itself fail', async () => {
    const poison = harness.give({ sequence: 1 });
    const good = harness.give({ sequence: 2 });
    harness.handlers.detector = ([start]) => (start === '1' ? CRASH : OK);
    const { code, stderr } = await harness.run([]);
    expect(code).toBe(3);
    expect(harness.objects()).toEqual([poison, `redriven/${good}`]);
    expect(stderr).toContain('stays, because\n    the function failed: Runtime.ExitError: Runtime exited\n');
  });

  it('treats a null answer as success, and one without the list as failure', async () => {
    harness.give({ sequence: 1 });
    harness.handlers.detector = () => ({ status: 'ok', payload: 'null' });
    expect((await harness.run([])).code).toBe(0);
    harness.give({ sequence: 2 });
    harness.handlers.detector = () => ({ status: 'ok', payload: '"hello"' });
    expect((await harness.run([])).stderr).toContain('is it the detector?');
  });

  it('stops after the current batch when interrupted, and continues from there', async () => {
    const keys = [1, 2, 3].map((sequence) => harness.give({ sequence }));
    const stop = new AbortController();
    harness.handlers.detector = () => {
      stop.abort();
      return OK;
    };
    const { code, stderr } = await harness.run([], stop);
    expect(code).toBe(130);
    expect(stderr).toContain('Interrupted: 2 batches stay. Run it again to go on.');
    expect(harness.objects()).toEqual([keys[1], keys[2], `redriven/${keys[0]}`].sort());
    expect((await harness.run([])).code).toBe(0);
    expect(harness.invocations).toEqual([['1'], ['2'], ['3']]);
  });

  it('loses nothing if it dies between copy and delete', async () => {
    const key = harness.give({ sequence: 1 });
    harness.handlers.intercept = async (request, response, next) => {
      if (request.operation !== 'DeleteObject') return next(request, response);
      response.writeHead(403).end('<Error><Code>AccessDenied</Code><Message>no</Message></Error>');
    };
    expect(await harness.run([])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('may not redrive'),
    });
    expect(harness.objects()).toEqual([key, `redriven/${key}`]);
    harness.handlers.intercept = undefined;
    expect((await harness.run([])).code).toBe(0);
    expect(harness.objects()).toEqual([`redriven/${key}`]);
  });

  it('skips batches that somebody else moves meanwhile', async () => {
    harness.give({ sequence: 1 });
    const key = harness.give({ sequence: 2 });
    harness.handlers.detector = () => {
      harness.take(key);
      return OK;
    };
    expect(await harness.run([])).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('done by somebody else\n'),
    });
    expect(harness.invocations).toEqual([['1']]);
  });

  it('leaves batches alone that are older than the detector remembers, unless asked for', async () => {
    expect(REMEMBERED_MS).toBe(KEEP_MS);
    const old = harness.give({ sequence: 1, ageMs: 25 * HOUR_MS });
    harness.give({ sequence: 2, ageMs: 23 * HOUR_MS });
    const { code, stderr } = await harness.run([]);
    expect(code).toBe(0);
    expect(harness.invocations).toEqual([['2']]);
    expect(stderr).toContain('1 older batch left alone');
    const all = await harness.run(['--since', '2d']);
    expect(all.stderr).toContain('e-mails may come again');
    expect(harness.objects()).toContain(`redriven/${old}`);
  });

  it('takes what the detector set aside like any other batch, and keeps what it sets aside again', async () => {
    const [done, again] = [1, 2].map((sequence) => {
      const lambdas = harness.give({ sequence });
      const key = `set-aside/shardId-000000000000/${sequence}-north.json`;
      const object = JSON.parse(String(harness.read(lambdas)));
      object.requestContext.condition = 'SetAside';
      object.responseContext = { functionError: 'ValidationException: no' };
      harness.put(key, JSON.stringify(object));
      harness.take(lambdas);
      return key;
    }) as [string, string];
    const behind = harness.give({ sequence: 3 });
    harness.handlers.detector = ([start]) => {
      if (start === '2') {
        const object = JSON.parse(String(harness.read(again)));
        harness.put(again, JSON.stringify({ ...object, timestamp: '2026-01-31T10:00:00.000Z' }));
      }
      return OK;
    };
    const { code, stderr } = await harness.run([]);
    expect([code, harness.invocations]).toEqual([3, [['1'], ['2'], ['3']]]);
    expect(stderr).toContain('set aside: ValidationException: no');
    expect(stderr).toContain('stays, because\n    it was set aside: ValidationException: no\n');
    expect(stderr).not.toContain('wait for one before them');
    expect(harness.objects()).toEqual([`redriven/${done}`, `redriven/${behind}`, again].sort());
  });

  it.each([
    ['{', 'Expected JSON'],
    ['{}', 'requestContext: '],
    ['{"reason":"Invalid parameter","alerts":[{}]}', '1 alert that the topic refused'],
  ])('leaves an object alone that is not a batch, and says so: %s', async (body, reason) => {
    const key = 'aws/lambda/mapping/stray';
    harness.put(key, body);
    harness.give({ sequence: 1 });
    const { code, stderr } = await harness.run([]);
    expect(code).toBe(3);
    expect(stderr).toContain(`No failed batch, left alone: ${key}\n  ${reason}`);
    expect(harness.objects()).toContain(key);
    expect(harness.invocations).toEqual([['1']]);
  });
});

describe('what goes wrong', () => {
  it.each([
    [{ FailureBucketName: 'gone' }, /The bucket gone is not there. Restart: npm start/],
    [{ DetectorFunctionName: 'gone' }, /The function gone is not there/],
    [{ Endpoint: 'http://127.0.0.1:9' }, /does not answer at http:\/\/127.0.0.1:9. Start it with: npm start/],
    [{ Endpoint: undefined }, /name no Endpoint/],
  ])('is explained: %j', async (outputs, message) => {
    harness.give({ sequence: 1 });
    harness.writeOutputs(outputs);
    const { code, stderr } = await harness.run([]);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain('.ts:');
  });

  it.each([
    [['--dir', 'x'], /--dir goes with --local only/],
    [['--since', 'yesterday'], /Expected a duration such as 250ms/],
    [['now'], /too many arguments/],
    [['--dryrun'], /Did you mean --dry-run/],
  ])('%j is a misuse', async (argv, message) => {
    let stderr = '';
    const io = {
      stdout: () => {},
      stderr: (text: string) => {
        stderr += text;
      },
      stop: new AbortController().signal,
    };
    expect(await runRedrive(argv, io)).toBe(2);
    expect(stderr).toMatch(message);
  });

  it('is prevented by --help', async () => {
    const { code, stdout } = await harness.run(['--help']);
    expect(code).toBe(0);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });
});
