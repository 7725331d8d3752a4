/**
 * Loaded before the pipeline: its wall clock is as many ms ahead as the file says that `?file=` names. Elapsed time is
 * not touched, as on a machine whose clock is set.
 */
import { readFileSync } from 'node:fs';

const file = new URL(import.meta.url).searchParams.get('file');
const POLL_MS = 100;
const RealDate = Date;
let aheadMs = 0;

setInterval(() => {
  try {
    aheadMs = Number(readFileSync(file, 'utf8')) || 0;
  } catch {
    // Not written yet.
  }
}, POLL_MS).unref();

globalThis.Date = class extends RealDate {
  constructor(...values) {
    if (values.length === 0) super(RealDate.now() + aheadMs);
    else super(...values);
  }
  static now() {
    return RealDate.now() + aheadMs;
  }
};
