/** The columns of the lake's tables of readings, from the fields of a reading. */
import { READING_FIELDS } from './reading.ts';

/** A column of a lake table: Hive type, and a comment that Athena shows in DESCRIBE. */
export interface LakeColumn {
  name: string;
  type: string;
  comment: string;
}

/** Columns of a table whose fields have no units, in wire order. */
export const columnsOf = (
  fields: Readonly<Record<string, { lakeType: string; meaning: string }>>,
): readonly LakeColumn[] =>
  Object.entries(fields).map(([name, { lakeType, meaning }]) => ({ name, type: lakeType, comment: meaning }));

/** The lake's columns, in wire order. */
export const READING_COLUMNS: readonly LakeColumn[] = Object.entries(READING_FIELDS).map(([name, field]) => ({
  name,
  type: field.lakeType,
  comment: 'unit' in field ? `${field.meaning}, ${field.unit}` : field.meaning,
}));

/** Where a deployment with the knob `extraFields` keeps the fields of a reading that the contract does not know. */
export const EXTRA_COLUMN: LakeColumn = {
  name: 'extra',
  type: 'string',
  comment: "Other fields that the device sent, as a JSON object: json_extract_scalar(extra, '$.name')",
};

/** Partition columns of the lake, from `timestamp_sent`: `dt` = `YYYY-MM-DD`, `hour` = `HH`. */
export const PARTITION_COLUMNS: readonly LakeColumn[] = [
  { name: 'dt', type: 'string', comment: 'Day of sending, UTC, YYYY-MM-DD' },
  { name: 'hour', type: 'string', comment: 'Hour of sending, UTC, 00 to 23' },
];
