/** The AWS Query protocol: requests are flat form parameters, answers are XML. */
import { randomUUID } from 'node:crypto';
import type { AwsError } from './aws-error.ts';

/** Characters that XML 1.0 cannot contain, not even escaped. */
const NOT_XML = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;
const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** A result: an object becomes elements, an array a list of `<member>`; undefined is left out. */
export type XmlValue =
  | string
  | number
  | boolean
  | undefined
  | XmlValue[]
  | { [element: string]: XmlValue }
  | XmlMap;

/** A map, written as `<entry><key/><value/></entry>`. */
export class XmlMap {
  readonly entries: [string, string][];

  constructor(entries: Record<string, string | undefined>) {
    this.entries = Object.entries(entries).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    );
  }
}

const escapeXml = (text: string): string =>
  text.replace(NOT_XML, '\uFFFD').replace(/[&<>"]/g, (char) => ENTITIES[char] ?? char);

function toXml(value: XmlValue): string {
  if (value === undefined) return '';
  if (value instanceof XmlMap) {
    return value.entries
      .map(([key, text]) => `<entry><key>${escapeXml(key)}</key><value>${escapeXml(text)}</value></entry>`)
      .join('');
  }
  if (Array.isArray(value)) return value.map((item) => `<member>${toXml(item)}</member>`).join('');
  if (typeof value !== 'object') return escapeXml(String(value));
  return Object.entries(value)
    .filter(([, child]) => child !== undefined)
    .map(([name, child]) => `<${name}>${toXml(child)}</${name}>`)
    .join('');
}

/** Operations without output, such as Unsubscribe, have no `…Result` element. */
export function successXml(namespace: string, action: string, result: XmlValue): string {
  const body = result === undefined ? '' : `<${action}Result>${toXml(result)}</${action}Result>`;
  const metadata = `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata>`;
  return `<${action}Response xmlns="${namespace}">${body}${metadata}</${action}Response>`;
}

export function errorXml(namespace: string, error: AwsError): string {
  const type = error.status < 500 ? 'Sender' : 'Receiver';
  const body = toXml({ Error: { Type: type, Code: error.code, Message: error.message } });
  return `<ErrorResponse xmlns="${namespace}">${body}<RequestId>${randomUUID()}</RequestId></ErrorResponse>`;
}

/** The parameters with a prefix, which is cut off: with `Entries.member.2.`, those of the second entry. */
export function scope(params: URLSearchParams, prefix: string): URLSearchParams {
  const inside = new URLSearchParams();
  for (const [name, value] of params) {
    if (name.startsWith(prefix)) inside.append(name.slice(prefix.length), value);
  }
  return inside;
}

/** The items of a list or of a map (`LIST.member.N.…`, `MAP.entry.N.…`), in order of N. */
export function items(params: URLSearchParams, name: string, kind: 'member' | 'entry'): URLSearchParams[] {
  const prefix = `${name}.${kind}.`;
  const indexes = new Set<number>();
  for (const key of params.keys()) {
    if (!key.startsWith(prefix)) continue;
    const index = Number.parseInt(key.slice(prefix.length), 10);
    if (Number.isSafeInteger(index)) indexes.add(index);
  }
  return [...indexes].sort((a, b) => a - b).map((index) => scope(params, `${prefix}${index}.`));
}

/** A map of strings, such as `Attributes.entry.1.key` / `.value`. */
export function stringMap(params: URLSearchParams, name: string): Record<string, string> {
  return Object.fromEntries(
    items(params, name, 'entry').map((entry) => [entry.get('key') ?? '', entry.get('value') ?? '']),
  );
}
