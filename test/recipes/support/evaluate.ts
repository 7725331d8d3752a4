/** Readings of a file (NDJSON), one a record, through the detector with the rules in force: the alerts, as JSON. */
import { readFileSync } from 'node:fs';
import { parseRules } from '../../../services/contract/rule.ts';
import rulesJson from '../../../services/detector/rules.json' with { type: 'json' };
import { batch, record } from '../../services/detector/support/batch.ts';
import { harness, published } from '../../services/detector/support/harness.ts';

const lines = readFileSync(process.argv[2] ?? '', 'utf8')
  .trim()
  .split('\n');
const { detector, aws, metric } = harness(parseRules(rulesJson));
await detector(batch(lines.map((line) => record(line, Date.now()))));
const malformed = metric('MalformedLines').at(-1) ?? 0;
process.stdout.write(JSON.stringify({ malformed, alerts: published(aws) }));
