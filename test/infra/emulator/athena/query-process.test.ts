/** Queries run in processes of their own: whatever one does, it costs its own process at most. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { program } from '../../../support/program-file.ts';
import { TIMED } from '../../../support/timed.ts';
import {
  createHarness,
  DATABASE,
  finished,
  type Harness,
  type QueryExecution,
  RESULTS,
  type Results,
  WORK_GROUP,
} from './support/harness.ts';

const MEGABYTE = 2 ** 20;
const MEMORY = { engineBytes: 64 * MEGABYTE, residentBytes: 280 * MEGABYTE };
/** Memory is not what ends these. A query that does not obey is ended soon. */
const ENDED = { residentBytes: 8000 * MEGABYTE, stopMs: 300 };

/** 10⁸ rows. */
const MANY =
  '(SELECT a.i * 10000 + b.i AS i FROM UNNEST(sequence(1, 10000)) a(i), UNNEST(sequence(1, 10000)) b(i))';
/** Longer than any test waits. */
const ENDLESS = `SELECT count(*) FROM ${MANY} WHERE regexp_like(lpad(CAST(i AS varchar), 5000, 'a'), '(a+)+b$')`;
/** Computed in one piece, in which the engine does not look whether it should stop. */
const DEAF =
  'SELECT reduce(flatten(transform(sequence(1, 5000), x -> sequence(1, 5000))), 0, (s, x) -> s + x, s -> s)';

const DEEP = /^FAILED: NOT_SUPPORTED_LOCALLY: a query that is nested so deep$/;
const COLUMNS = Array.from({ length: 15_000 }, (_, i) => `${i} AS c${i}`).join(', ');

let harness: Harness;

const start = async (sql: string): Promise<string> => {
  const { QueryExecutionId } = await harness.call<{ QueryExecutionId: string }>('StartQueryExecution', {
    ...{ QueryString: sql, WorkGroup: WORK_GROUP, QueryExecutionContext: { Database: DATABASE } },
  });
  return QueryExecutionId;
};

const statusOf = ({ Status: { State, StateChangeReason } }: QueryExecution) =>
  `${State}: ${StateChangeReason}`;
const outcome = async (id: string) => statusOf(await finished(harness.call, id));

/** Processes that run queries for this one, or for that of the given id. */
function queryProcesses(of = process.pid): number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'ppid=,pid=,args='], { encoding: 'utf8' }).split('\n');
  return lines
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
    .filter((match) => match?.[1] === String(of) && match[3]?.includes('athena/query-process.ts'))
    .map((match) => Number(match?.[2]));
}

describe('a query that wants more memory than there is', () => {
  beforeAll(() => {
    harness = createHarness({ tables: [], limits: MEMORY });
  });
  afterAll(() => harness.close());

  it.each([
    ['an array', `SELECT cardinality(array_agg(i)) FROM ${MANY}`],
    ['long texts', `SELECT length(array_join(array_agg(lpad('x', 100000, 'y')), ',')) FROM ${MANY}`],
    ['one huge text', `SELECT length(lpad('x', 2000000000, 'y'))`],
    ['nested arrays', 'SELECT cardinality(flatten(transform(sequence(1, 10000), x -> sequence(1, 10000))))'],
    ['a sort', `SELECT max(r) FROM (SELECT row_number() OVER (ORDER BY i DESC) AS r FROM ${MANY})`],
    ['a join of all with all', `SELECT count(*) FROM ${MANY} x, ${MANY} y WHERE x.i + y.i = 7`],
  ])('fails, and nothing else does: %s', TIMED, async (_, sql) => {
    const delay = monitorEventLoopDelay({ resolution: 10 });
    delay.enable();
    const failed = outcomeOf(sql);
    // Files are read on the threads that an engine in this process would take.
    const read = performance.now();
    await readFile(import.meta.filename);
    expect(performance.now() - read).toBeLessThan(1000);
    expect(await failed).toMatch(
      /^FAILED: EXCEEDED_LOCAL_MEMORY_LIMIT: Query exhausted resources at this scale factor/,
    );
    delay.disable();
    expect(delay.max / 1e6).toBeLessThan(1000);
    expect((await harness.query('SELECT 1')).rows).toEqual(['1']);
  });

  it('leaves the other query alone', async () => {
    const hog = start(`SELECT cardinality(histogram(i)) FROM ${MANY}`);
    const other = await harness.query(
      'SELECT count(*) FROM UNNEST(sequence(1, 10000)) a(i), UNNEST(sequence(1, 1000)) b(i)',
    );
    expect(other.rows).toEqual(['10000000']);
    expect(await outcome(await hog)).toMatch(/^FAILED: EXCEEDED_LOCAL_MEMORY_LIMIT/);
  });
});

async function outcomeOf(sql: string): Promise<string> {
  return outcome(await start(sql));
}

describe('a query that is to end', () => {
  beforeAll(() => {
    harness = createHarness({ tables: [], limits: ENDED });
  });
  afterAll(() => harness.close());

  it.each([
    ['in the middle', ENDLESS],
    ['deaf to it', DEAF],
    ['while it writes', `SELECT i, lpad('x', 1000, 'y') FROM ${MANY}`],
  ])('is cancelled within two seconds: %s', TIMED, async (_, sql) => {
    await harness.query('SELECT 1');
    const id = await start(sql);
    await sleep(200);
    const stopped = performance.now();
    await harness.call('StopQueryExecution', { QueryExecutionId: id });
    expect(await outcome(id)).toBe('CANCELLED: Query cancelled by user');
    expect(performance.now() - stopped).toBeLessThan(2000);
    expect((await harness.query('SELECT 1')).rows).toEqual(['1']);
    expect(
      readdirSync(join(harness.root, RESULTS.slice('s3://'.length))).filter((name) => name.startsWith(id)),
    ).toEqual([]);
  });

  it('is cancelled at once, before its process has started', async () => {
    const id = await start('SHOW TABLES');
    await harness.call('StopQueryExecution', { QueryExecutionId: id });
    expect(await outcome(id)).toBe('CANCELLED: Query cancelled by user');
  });

  it.each([
    ['parentheses', DEEP, `SELECT ${'('.repeat(100_000)}1${')'.repeat(100_000)}`],
    ['operators', DEEP, `SELECT 1${' + 1'.repeat(60_000)}`],
    ['function calls', DEEP, `SELECT ${'abs('.repeat(40_000)}1${')'.repeat(40_000)}`],
    ['subqueries', DEEP, `${'SELECT * FROM ('.repeat(5000)}SELECT 1${') t'.repeat(5000)}`],
    ['columns', /^SUCCEEDED/, `SELECT ${COLUMNS}`],
  ])('leaves the one beside it alone, however long its text: %s', async (_, expected, sql) => {
    const beside = harness.query(
      'SELECT count(*) FROM UNNEST(sequence(1, 10000)) a(i), UNNEST(sequence(1, 1000)) b(i)',
    );
    expect(await outcomeOf(sql)).toMatch(expected);
    expect((await beside).rows).toEqual(['10000000']);
    expect((await harness.query('SELECT 1')).rows).toEqual(['1']);
  });

  it('fails with a clear sentence when its process dies, and the next one gets another', async () => {
    const id = await start(ENDLESS);
    await sleep(300);
    for (const pid of queryProcesses()) process.kill(pid, 'SIGSEGV');
    expect(await outcome(id)).toBe(
      'FAILED: NOT_SUPPORTED_LOCALLY: the process that ran the query ended with SIGSEGV; the next query gets a new one',
    );
    expect((await harness.query('SELECT 1')).rows).toEqual(['1']);
  });
});

describe('a query that takes longer than it may', () => {
  beforeAll(() => {
    harness = createHarness({ tables: [], limits: { ...ENDED, runMs: 1000 } });
  });
  afterAll(() => harness.close());

  it.each([
    ['in the middle', ENDLESS],
    ['deaf to it', DEAF],
  ])('fails after the longest time that a query may take: %s', async (_, sql) => {
    expect(await outcomeOf(sql)).toBe('FAILED: Query timeout');
    // Its process has to start first, which is part of that time.
    await vi.waitFor(async () => expect((await harness.query('SELECT 1')).rows).toEqual(['1']));
  });
});

describe('a result', () => {
  beforeAll(() => {
    harness = createHarness({ tables: [], limits: { resultBytes: 60e6 } });
  });
  afterAll(() => harness.close());

  const rowsOf = async (id: string): Promise<[pages: number, rows: (string | undefined)[][]]> => {
    const rows: (string | undefined)[][] = [];
    let NextToken: string | undefined;
    for (let pages = 1; ; pages += 1) {
      const page = await harness.call<Results>('GetQueryResults', { QueryExecutionId: id, NextToken });
      rows.push(...page.ResultSet.Rows.map(({ Data }) => Data.map(({ VarCharValue }) => VarCharValue)));
      NextToken = page.NextToken;
      if (NextToken === undefined) return [pages, rows.slice(1)];
    }
  };

  it.each([
    ['line feeds', 'chr(10)', '\n'],
    ['quotes', `'"'`, '"'],
    ['commas', `','`, ','],
  ])('of three million %s is read in moments', TIMED, async (_, character, text) => {
    const { id } = await harness.query(`SELECT 1, lpad('', 3000000, ${character}), NULL, 'x'`);
    const delay = monitorEventLoopDelay({ resolution: 10 });
    delay.enable();
    const [, [row]] = await rowsOf(id);
    delay.disable();
    expect(row?.map((value) => value?.length)).toEqual([1, 3_000_000, undefined, 1]);
    expect(row?.[1] === text.repeat(3_000_000)).toBe(true);
    expect(delay.max / 1e6).toBeLessThan(2000);
  });

  it('of long rows comes in pages that fit in memory, and none is missing', async () => {
    const { id } = await harness.query(
      `SELECT i, lpad('', 100000, chr(10)) FROM UNNEST(sequence(1, 500)) t(i) ORDER BY i`,
    );
    const [pages, rows] = await rowsOf(id);
    expect(rows.map(([i]) => Number(i))).toEqual(Array.from({ length: 500 }, (_, i) => i + 1));
    expect(pages).toBeGreaterThanOrEqual(10);
  });

  it('that would fill the disk fails', async () => {
    expect(await outcomeOf(`SELECT lpad('x', 1000, 'y') FROM ${MANY}`)).toBe(
      'FAILED: NOT_SUPPORTED_LOCALLY: a result of more than 60 MB',
    );
  });
});

describe('processes', () => {
  it('start with the first query, are kept for the next, and end with the runtime', async () => {
    harness = createHarness({ tables: [] });
    expect(queryProcesses()).toEqual([]);
    await harness.query('SELECT 1');
    const [first] = queryProcesses();
    expect(first).toBeDefined();
    await harness.query('SELECT 2');
    expect(queryProcesses()).toEqual([first]);
    await Promise.all([harness.query('SELECT 3'), harness.query('SELECT 4'), harness.query('SELECT 5')]);
    expect(queryProcesses().length).toBeLessThanOrEqual(2);
    await harness.close();
    expect(queryProcesses()).toEqual([]);
  });

  it('end with a runtime that is killed', async () => {
    const host = spawn(
      process.execPath,
      [...program('test/infra/emulator/athena/support/host.ts'), ENDLESS],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    await once(host.stdout, 'data');
    const [pid = 0] = queryProcesses(host.pid);
    expect(pid).toBeGreaterThan(0);
    host.kill('SIGKILL');
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false));
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A zombie that nobody waits for is dead as well.
    return !execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).startsWith('Z');
  } catch {
    return false;
  }
}
