/**
 * The lines of a packed record, parsed as one array of JSON: a fifth less time than line by line, which is most of the
 * detector's. Only where each line surely is what it would be by itself, which this makes sure of:
 *
 * - Each of the n lines begins with `{`, and nowhere else in the record is there one.
 * - With the line feeds turned into commas, the whole is an array of n elements, and each is an object.
 *
 * An object begins with a `{` of its own. So the i-th of n objects begins with the i-th of n: where line i begins. It
 * ends before the next one begins, and between two elements JSON has blanks and a single comma: ours, which is the last
 * character before the next line. What is before it in the line is the object and blanks, and nothing else: the very
 * value of that line. The same holds of the last one, up to the bracket that ends the array.
 */
import { MAX_READING_BYTES } from '../contract/reading.ts';

/** Longer records, of which packers make none, are parsed line by line. */
const LONGEST_RECORD = 256 * 1024;
/** So are shorter ones, in base64: they have a few lines at most, and nothing to gain. */
const SHORTEST_DATA = 1024;
/** A byte that is not UTF-8 counts as three, see {@link MAX_READING_BYTES}. */
const LONGEST_LINE = MAX_READING_BYTES / 3;

const [OPEN, CLOSE, COMMA, BRACE, LINE_FEED] = [...'[],{\n'].map((one) => one.charCodeAt(0)) as [
  number,
  number,
  number,
  number,
  number,
];

// One for all records: a buffer for each would have to be made, and collected.
const bytes = Buffer.allocUnsafeSlow(LONGEST_RECORD + 2);

/**
 * @param data of a record, in base64
 * @returns the value of each line; undefined where anything is unusual: then each is to be parsed by itself
 */
export function parsePacked(data: string): readonly object[] | undefined {
  if (data.length < SHORTEST_DATA || data.length > LONGEST_RECORD) return undefined;
  const length = bytes.write(data, 1, 'base64');
  // The record may end its last line.
  const end = bytes[length] === LINE_FEED ? length : length + 1;
  const lines = joinLines(end);
  if (lines === 0) return undefined;
  bytes[0] = OPEN;
  bytes[end] = CLOSE;
  const values = parseArray(bytes.toString('utf8', 0, end + 1));
  return values?.length === lines && values.every(isObject) ? (values as object[]) : undefined;
}

/** Turns line feeds before `end` into commas. @returns the number of lines; 0 where anything is unusual */
function joinLines(end: number): number {
  if (bytes[1] !== BRACE) return 0;
  // A character for each byte.
  const text = bytes.toString('latin1', 0, end);
  let lines = 0;
  for (let start = 1; start < end; ) {
    const found = text.indexOf('\n', start);
    const feed = found === -1 ? end : found;
    const brace = text.indexOf('{', start + 1);
    if (brace !== (found === -1 ? -1 : feed + 1) || feed - start > LONGEST_LINE) return 0;
    if (feed !== end) bytes[feed] = COMMA;
    lines += 1;
    start = feed + 1;
  }
  return lines;
}

function parseArray(text: string): unknown[] | undefined {
  try {
    return JSON.parse(text) as unknown[];
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
