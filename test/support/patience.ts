/** A test that waits for a condition waits for as long as a loaded machine may need, not for one second. */
import { vi } from 'vitest';

const PATIENCE_MS = 20_000;

const { waitFor, waitUntil } = vi;
vi.waitFor = (callback, options = {}) => waitFor(callback, patient(options));
vi.waitUntil = (callback, options = {}) => waitUntil(callback, patient(options));

/** A test may ask for more patience, not for less: waiting for what comes costs nothing. */
const patient = <T extends { timeout?: number }>(options: number | T) =>
  typeof options === 'number'
    ? Math.max(options, PATIENCE_MS)
    : { ...options, timeout: Math.max(options.timeout ?? 0, PATIENCE_MS) };
