/** What the command has besides its two streams. */
import type { Io } from '../../cli/program.ts';

export interface IncidentsIo extends Io {
  /** Of the screen, in characters. */
  width: number;
  /** Whether the screen can be drawn anew. */
  isTerminal: boolean;
  /** Who acts, unless `--by` says otherwise. */
  user(): string;
  /** Ms since the epoch. */
  now(): number;
}
