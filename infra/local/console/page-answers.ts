/** What the page asks for when somebody wants to see more, and what it is answered: plain types, all JSON. */
import type { ShownFault } from './page-state.ts';

/** Path → what a GET is answered. */
export interface GetAnswers {
  '/api/lake': LakeListing;
  '/api/mail': FullMail;
  '/api/queries': SavedQuery[];
  '/api/control/faults': { active: ShownFault[]; presets: FaultPreset[] };
}

/** Path → what a POST is answered. */
export interface PostAnswers {
  '/api/query': QueryAnswer;
  '/api/fleet': { done: string };
  '/api/control/faults': ShownFault;
}

/** Of every request that is refused. */
export interface ErrorAnswer {
  message: string;
}

export interface FullMail {
  id: string;
  /** Addresses that it was delivered to, separated by commas. */
  to: string;
  from: string;
  subject: string;
  text: string;
  /** ISO 8601. */
  receivedAt: string;
}

export interface LakeListing {
  partitions: LakePartition[];
  /** The newest ones. */
  errors: ErrorLine[];
  /** Objects under the error prefix, also those that `errors` is not from. */
  errorFiles: number;
  /** Batches that the function gave up: the newest ones. */
  failures: LakeFile[];
  failureFiles: number;
  /** Are there more files than are looked at? Then `bytes` are those of the newest only; counts are exact. */
  partial: boolean;
}

export interface LakePartition {
  /** Such as `readings/dt=2026-01-31/hour=09/`. */
  prefix: string;
  count: number;
  bytes: number;
  /** Absent where its files were not looked at. */
  newest?: string;
  /** The newest ones. */
  files: LakeFile[];
}

export interface LakeFile {
  key: string;
  bytes: number;
  /** ISO 8601. */
  at: string;
}

export interface ErrorLine {
  key: string;
  at: string;
  code: string;
  message: string;
  /** The start of the offending bytes as text, control characters as `\x00`. */
  raw: string;
  bytes: number;
}

export interface SavedQuery {
  name: string;
  description: string;
  sql: string;
  /** Names of its `?`, in order. */
  parameters: string[];
}

export interface QueryAnswer {
  state: 'SUCCEEDED' | 'FAILED' | 'CANCELLED';
  /** Why it failed. */
  reason?: string;
  columns: { name: string; type: string }[];
  /** The first rows; null is NULL. */
  rows: (string | null)[][];
  /** Were there more rows? */
  more: boolean;
  /** Objects of the lake that the plan opens; absent where the statement has no plan. */
  files?: number;
  scannedBytes: number;
  milliseconds: number;
  /** US dollars that the same scan costs on AWS. */
  cost: number;
}

/** A fault by name, ready to be set. */
export interface FaultPreset {
  name: string;
  title: string;
  /** What somebody will see happen. */
  expect: string;
}
