/**
 * Which files an Iceberg table consists of. As in Iceberg, data files are written once and never changed, and one small
 * file names those that count: replacing it is the only moment in which the table changes, for all days at once. Not
 * as in Iceberg, that file is plain JSON.
 */
import { join } from 'node:path';
import { z } from 'zod';
import type { CatalogTable } from '../../glue/catalog.ts';
import { writeFileAtomic } from '../../state/atomic-file.ts';
import { readStateFile, stateText } from '../../state/state-file.ts';
import type { LakeFile } from './projection.ts';

const snapshotSchema = z.object({
  files: z.array(
    z.object({
      /** Below the folder {@link DATA}. */
      name: z.string(),
      /** Of the rows in it: YYYY-MM-DD. */
      day: z.string(),
      rows: z.number(),
      bytes: z.number(),
    }),
  ),
});

export type Snapshot = z.infer<typeof snapshotSchema>;
export type DataFile = Snapshot['files'][number];

/** Folder of the data files, in that of the table. */
export const DATA = 'data';
const CURRENT = join('metadata', 'current.json');

/** Does this table consist of the files of a snapshot, and not of whatever lies in its folder? */
export const hasSnapshots = (table: CatalogTable): boolean => table.parameters.table_type === 'ICEBERG';

/** The table as it is now; empty before the first commit. `folder` is the table's, absolute. */
export async function readSnapshot(folder: string): Promise<Snapshot> {
  const file = join(folder, CURRENT);
  const otherwise = `${file} is damaged: which files the table consists of is lost. Delete ${folder}: the table is empty then, and merging the raw data again fills it.`;
  return readStateFile(file, snapshotSchema, otherwise) ?? { files: [] };
}

/** The files of the table as it is now, in order of day. */
export async function snapshotFiles(folder: string): Promise<LakeFile[]> {
  const { files } = await readSnapshot(folder);
  // No name is given twice: the time would tell nothing more.
  return files.map(({ name, bytes }) => ({ path: join(folder, DATA, name), bytes, modifiedMs: 0 }));
}

/** From here on the table consists of these files. They must be on disk. */
export async function commitSnapshot(folder: string, files: DataFile[]): Promise<void> {
  const sorted = files.toSorted((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : 0));
  const text = stateText({ files: sorted } satisfies Snapshot);
  await writeFileAtomic(join(folder, CURRENT), text, { durable: true });
}
