/** Stores lines in the spool of the given folder until so many are stored; says how often the disk refused. */
import { Spool } from '../../../../services/gateway/spool/spool.ts';
import { line } from './readings.ts';

const [, , folder = '', count = '0'] = process.argv;
const spool = await Spool.open({ folder, limitBytes: 1e9, whenFull: 'refuse', now: Date.now });
let refused = 0;
for (let seq = 0; seq < Number(count); ) {
  const lines = Array.from({ length: 50 }, (_, i) => line(seq + i));
  try {
    await spool.append(lines);
    seq += lines.length;
  } catch {
    refused += 1;
  }
}
process.stdout.write(JSON.stringify({ refused, counts: spool.counts }));
