/** A test that waits for a condition waits for as long as a loaded machine may need, not for one second. */
import { vi } from 'vitest';

const PATIENCE_MS = 10_000;

const { waitFor, waitUntil } = vi;
vi.waitFor = (callback, options = {}) => waitFor(callback, patient(options));
vi.waitUntil = (callback, options = {}) => waitUntil(callback, patient(options));

const patient = <T extends object>(options: number | T) =>
  typeof options === 'number' ? options : { timeout: PATIENCE_MS, ...options };
