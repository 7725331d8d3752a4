/** What a format makes of news: HTTP requests, each with what it takes to send it once, and to say so afterwards. */
import type { AlertStatus } from '../../contract/alert.ts';

export interface Request {
  /** Same for the same news, so that it is sent once to each channel. */
  id: string;
  /** The request by which this one is out of date: it is not sent after that one. */
  outdatedBy?: string;
  /** What it tells, of which incidents. */
  status: AlertStatus;
  incidents: readonly string[];
  url: string;
  headers: Readonly<Record<string, string>>;
  body: string;
}

export const JSON_TYPE = { 'content-type': 'application/json' } as const;
