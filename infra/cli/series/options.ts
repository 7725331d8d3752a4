/** The options about a recorded series, the same in every command that reads one. */
import { addSetting, expected, oneOf } from '../arguments.ts';
import { DECIMAL_MARKS } from './numbers.ts';
import { TIME_FORMATS, type TimeFormat } from './time-forms.ts';

const DELIMITER_NAMES: Record<string, string> = { comma: ',', semicolon: ';', tab: '\t', space: ' ' };

function delimiter(text: string): string {
  const named = Object.hasOwn(DELIMITER_NAMES, text) ? DELIMITER_NAMES[text] : undefined;
  if (named !== undefined) return named;
  if (text.length === 1 && !/["\r\n]/.test(text)) return text;
  throw expected(`one character, or ${Object.keys(DELIMITER_NAMES).join(', ')}`, text);
}

const timeFormat = (text: string): TimeFormat => {
  const same = TIME_FORMATS.find((format) => format.toLowerCase() === text.toLowerCase());
  return same ?? oneOf(TIME_FORMATS, text, 'a form of times');
};

/** By the name in code: `timeColumn` is `--time-column`. */
export const SERIES_OPTIONS = {
  column: { value: '<name>', text: 'its column of values (default: value, _value or state)' },
  timeColumn: { value: '<name>', text: 'its column of times (default: timestamp, time, last_changed …)' },
  timeFormat: {
    value: '<form>',
    text: `the form of its times, where unclear: ${TIME_FORMATS.join(', ')}`,
    parse: timeFormat,
  },
  delimiter: {
    value: '<character>',
    text: 'what is between its cells (default: , or ; or tab)',
    parse: delimiter,
  },
  decimal: {
    ...{ value: '<mark>', text: 'its decimal mark, where unclear: point or comma' },
    parse: (text: string) => oneOf(DECIMAL_MARKS, text, 'a decimal mark'),
  },
  where: {
    ...{ value: '<column=cell>', text: 'only rows with this cell (repeatable)' },
    parse: (text: string, others?: Record<string, string>) => addSetting(text, others),
  },
} as const;
