/** The answers to the page's requests: plain types, all JSON. */
import type { Mail } from '../../emulator/mailbox/mail.ts';
import type { Iso, ShownFault } from './page-state.ts';

/** Path → answer to GET. */
export interface GetAnswers {
  '/api/lake': LakeListing;
  '/api/mail': Mail;
  '/api/queries': SavedQuery[];
  '/api/control/faults': { active: ShownFault[]; presets: FaultPreset[] };
}

/** Path → answer to POST. */
export interface PostAnswers {
  '/api/query': QueryAnswer;
  '/api/fleet': { done: string };
  '/api/edge': { done: string };
  '/api/control/faults': ShownFault;
}

export interface ErrorAnswer {
  message: string;
}

export interface LakeListing {
  partitions: LakePartition[];
  /** The newest ones. */
  errors: ErrorLine[];
  /** Number of all objects under the error prefix; `errors` comes from the newest. */
  errorFiles: number;
  /** The newest batches that the function gave up. */
  failures: LakeFile[];
  failureFiles: number;
  /** Whether there are more files than were read. Then `bytes` covers only the newest; counts are exact. */
  partial: boolean;
}

export interface LakePartition {
  /** Such as `readings/dt=2026-01-31/hour=09/`. */
  prefix: string;
  count: number;
  bytes: number;
  /** Absent where its files were not read. */
  newest?: Iso;
  /** The newest ones. */
  files: LakeFile[];
}

export interface LakeFile {
  key: string;
  bytes: number;
  at: Iso;
}

export interface ErrorLine {
  key: string;
  at: Iso;
  code: string;
  message: string;
  /** The first bytes as text, with control characters as `\x00`. */
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
  reason?: string;
  columns: { name: string; type: string }[];
  /** The first rows; null stands for NULL. */
  rows: (string | null)[][];
  /** Whether there are more rows. */
  more: boolean;
  /** Number of objects that the query opened; absent where the statement has no plan. */
  files?: number;
  scannedBytes: number;
  milliseconds: number;
  /** What the same scan costs on AWS, in US dollars. */
  cost: number;
}

export interface FaultPreset {
  name: string;
  title: string;
  /** What a person will see happen. */
  expect: string;
}
