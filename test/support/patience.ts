/** A test that waits for a condition waits for as long as a loaded machine may need, not for Vitest's one second. */
import { vi } from 'vitest';

const PATIENCE_MS = 10_000;

const waitFor = vi.waitFor;
vi.waitFor = (callback, options = {}) =>
  waitFor(callback, typeof options === 'number' ? options : { timeout: PATIENCE_MS, ...options });
