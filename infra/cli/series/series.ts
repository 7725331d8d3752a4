/** Recorded series: rows with a time and a value of one metric, in CSV as other programs export it. */
import { basename, extname } from 'node:path';
import { UserError } from '../user-error.ts';
import { findDelimiter } from './header.ts';
import { type Series, type SeriesOptions, SeriesReader } from './reader.ts';
import { readRows } from './rows.ts';
import type { TextFile } from './text.ts';

/**
 * The series in a text. An ambiguous text is refused, naming the option that decides.
 * @throws UserError, a misuse
 */
export async function readSeries(text: TextFile, options: SeriesOptions): Promise<Series> {
  const refuse = (why: string) => UserError.misuse(`${text.file}: ${why}`);
  const named = options.delimiter && { delimiter: options.delimiter };
  const found = named || findDelimiter(text.head, options);
  if ('problem' in found) throw refuse(found.problem);
  const { delimiter } = found;
  const reader = new SeriesReader(options, delimiter, refuse);
  const problem = await readRows(text.chunks(), delimiter, (cells, line) => reader.take(cells, line));
  if (problem !== undefined) throw refuse(problem);
  return reader.finish();
}

/** The device of a series: the file's name, reduced to the characters of an id. */
export const seriesDeviceId = (file: string): string =>
  basename(file, extname(file))
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .slice(0, 64) || 'recorded';
