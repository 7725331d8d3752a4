/** What reads the contract besides the detector: the backtest's history, over rows as Athena gives them, and the page. */
import { readHistory } from '../../../infra/commands/backtest/history.ts';
import { PAGE_METRICS } from '../../../infra/local/console/server/page-data.ts';
import { parseRules } from '../../../services/contract/rule.ts';
import rulesJson from '../../../services/detector/rules.json' with { type: 'json' };

const rows = JSON.parse(process.argv[2] ?? '[]') as Record<string, string | null>[];
const asked: string[] = [];
const history = await readHistory(
  async (sql) => {
    asked.push(sql);
    const select = /^SELECT (.*?) FROM/s.exec(sql)?.[1] ?? '';
    const names = select.includes('"device_id"')
      ? [...select.matchAll(/"(\w+)"/g)].map(([, name]) => name)
      : [];
    const found = rows.map((row) => names.map((name) => row[name ?? ''] ?? null));
    return {
      columns: [],
      rows: names.length > 0 ? found : [['2', '1', 'from', 'to']],
      scannedBytes: 0,
      durationMs: 0,
    };
  },
  'readings',
  { since: 0, now: Date.now() },
  // Of other kinds no reading breaches by itself, so that none can be left out.
  parseRules(rulesJson).filter(({ kind }) => kind === 'threshold'),
);
process.stdout.write(JSON.stringify({ readings: history.readings, asked, metrics: PAGE_METRICS }));
