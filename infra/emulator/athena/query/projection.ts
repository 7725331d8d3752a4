/**
 * Partition projection: which partitions a table has is computed from its parameters, not registered. Locally the
 * folders are walked level by level, and a folder counts only when projection would have produced it, so that a
 * partition outside the range or of another format is as invisible here as in AWS.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { CatalogTable } from '../../glue/catalog.ts';
import { QueryError, refuse } from '../sql/refusal.ts';

export interface Partition {
  /** Values of the partition columns, in order. */
  values: string[];
  folder: string;
}

export interface LakeFile {
  path: string;
  bytes: number;
  /** When it was last written, ms since the epoch. */
  modifiedMs: number;
}

interface Level {
  column: string;
  /** Folder name before the value, such as `dt=`. */
  prefix: string;
  admits: (value: string, now: number) => boolean;
}

export interface Layout {
  /** Folder of the table, absolute. */
  folder: string;
  levels: Level[];
}

/** Folder of an `s3://bucket/prefix/` location. */
export function s3Folder(s3Root: string, location: string): string {
  const match = /^s3:\/\/([^/]+)\/?(.*)$/.exec(location);
  if (!match) throw new QueryError('INVALID_TABLE', `Location ${location} is no s3:// address`);
  return join(s3Root, match[1] ?? '', match[2] ?? '');
}

/** @throws QueryError where the table's parameters ask for something that is not known here */
export function tableLayout(table: CatalogTable, s3Root: string): Layout {
  const { parameters, partitionKeys } = table;
  if (partitionKeys.length > 0 && parameters['projection.enabled'] !== 'true') {
    throw refuse(`table ${table.name}, which is partitioned without projection`);
  }
  const base = table.location.replace(/\/*$/, '/');
  const expected = partitionKeys.map((key) => `${key.name}=\${${key.name}}/`).join('');
  const template = parameters['storage.location.template'] ?? `${base}${expected}`;
  const folders = template.replace(/\/*$/, '/');
  if (!folders.endsWith(expected)) {
    throw refuse(
      `table ${table.name} with storage.location.template ${template}: it must end in ${expected}`,
    );
  }
  return {
    folder: s3Folder(s3Root, folders.slice(0, folders.length - expected.length)),
    levels: partitionKeys.map((key) => ({
      column: key.name,
      prefix: `${key.name}=`,
      admits: admission(table, key.name),
    })),
  };
}

function admission(table: CatalogTable, column: string): Level['admits'] {
  const parameter = (name: string) => table.parameters[`projection.${column}.${name}`];
  const type = parameter('type');
  if (type === 'integer') {
    const [from = 0, to = 0] = (parameter('range') ?? '').split(',').map(Number);
    const digits = Number(parameter('digits') ?? 0);
    return (value) =>
      /^\d+$/.test(value) &&
      Number(value) >= from &&
      Number(value) <= to &&
      value === String(Number(value)).padStart(digits, '0');
  }
  if (type === 'enum') {
    const values = new Set((parameter('values') ?? '').split(',').map((value) => value.trim()));
    return (value) => values.has(value);
  }
  if (type === 'date') {
    const format = parameter('format') ?? '';
    const shape = new RegExp(
      `^${format.replace(/[yMdH]+|[^A-Za-z0-9]/g, (part) => (/\w/.test(part) ? `\\d{${part.length}}` : `\\${part}`))}$`,
    );
    if (!/^yyyy\W?MM(\W?dd(\W?HH)?)?$/.test(format)) throw refuse(`projection.${column}.format ${format}`);
    const [from = '', to = ''] = (parameter('range') ?? '').split(',');
    return (value, now) =>
      shape.test(value) && value >= bound(from, format, now) && value <= bound(to, format, now);
  }
  throw refuse(`projection.${column}.type ${type}`);
}

const UNIT_MS: Record<string, number> = {
  MINUTES: 60_000,
  HOURS: 3_600_000,
  DAYS: 86_400_000,
  WEEKS: 604_800_000,
};

/** One end of a date range: a date in the format, or `NOW`, `NOW+1DAYS`, `NOW-3YEARS`. */
function bound(text: string, format: string, now: number): string {
  const relative = /^NOW(?:([+-])(\d+)(\w+))?$/.exec(text.trim().replaceAll(' ', ''));
  if (!relative) return text.trim();
  const [, sign, amount = '0', unit = 'DAYS'] = relative;
  const date = new Date(now);
  const signed = Number(`${sign ?? '+'}${amount}`);
  const plural = unit.toUpperCase().replace(/S?$/, 'S');
  if (plural === 'YEARS') date.setUTCFullYear(date.getUTCFullYear() + signed);
  else if (plural === 'MONTHS') date.setUTCMonth(date.getUTCMonth() + signed);
  else date.setTime(now + signed * (UNIT_MS[plural] ?? 0));
  const iso = date.toISOString();
  return format
    .replace('yyyy', iso.slice(0, 4))
    .replace('MM', iso.slice(5, 7))
    .replace('dd', iso.slice(8, 10))
    .replace('HH', iso.slice(11, 13));
}

/** Of the partitions known so far (with a value for the first `level` + 1 columns), those that the query needs. */
export type Keep = (partitions: Partition[], level: number) => Promise<Partition[]>;

/** Partitions that exist, that projection admits and that `keep` keeps; a level is listed only below kept ones. */
export async function findPartitions(layout: Layout, now: number, keep: Keep): Promise<Partition[]> {
  let found: Partition[] = [{ values: [], folder: layout.folder }];
  for (const [depth, level] of layout.levels.entries()) {
    const below = found.flatMap(({ values, folder }) =>
      list(folder)
        .filter((name) => name.startsWith(level.prefix) && level.admits(name.slice(level.prefix.length), now))
        .map((name) => ({
          values: [...values, name.slice(level.prefix.length)],
          folder: join(folder, name),
        })),
    );
    found = await keep(below, depth);
  }
  return found;
}

/**
 * Parquet files of these partitions, in order. Names that start with `.` or `_` are hidden, as in Athena; a file
 * that is still being written has another ending until it is whole.
 */
export function findFiles(partitions: Partition[]): LakeFile[] {
  return partitions.flatMap(({ folder }) => {
    const names = list(folder).filter((name) => name.endsWith('.parquet') && !/^[._]/.test(name));
    return names.sort().map((name) => {
      const path = join(folder, name);
      const { size, mtimeMs } = statSync(path);
      return { path, bytes: size, modifiedMs: mtimeMs };
    });
  });
}

/** At once: to wait for each costs several times as much, and only one query waits here. */
function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    // A partition without a folder is an empty partition.
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}
