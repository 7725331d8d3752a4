/** The AWS Query protocol: requests are flat form parameters, answers are XML. */
import { randomUUID } from 'node:crypto';
import { AwsError } from './aws-error.ts';
import { escapeXml } from './xml.ts';

/** A result as XML sees it: an object is its elements, an array is a list of `<member>`, undefined is left out. */
export type XmlValue =
  | string
  | number
  | boolean
  | undefined
  | XmlValue[]
  | { [element: string]: XmlValue }
  | XmlMap;

/** A map, which the Query protocol writes as `<entry><key/><value/></entry>`. */
export class XmlMap {
  readonly entries: [string, string][];

  constructor(entries: Record<string, string | undefined>) {
    this.entries = Object.entries(entries).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    );
  }
}

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

/** @param namespace of the service's XML; none for a service that is not known */
export function errorXml(namespace: string | undefined, error: AwsError): string {
  const type = error.status < 500 ? 'Sender' : 'Receiver';
  const body = toXml({ Error: { Type: type, Code: error.code, Message: error.message } });
  const xmlns = namespace === undefined ? '' : ` xmlns="${namespace}"`;
  return `<ErrorResponse${xmlns}>${body}<RequestId>${randomUUID()}</RequestId></ErrorResponse>`;
}

/** @throws AwsError for a parameter that is missing or empty */
export function required(params: URLSearchParams, name: string): string {
  const value = params.get(name);
  if (value) return value;
  throw new AwsError('ValidationError', `Expected a value for ${name}`);
}

/** The parameters under a prefix, with the prefix cut off: `Entries.member.2.` → those of the second entry. */
function scope(params: URLSearchParams, prefix: string): URLSearchParams {
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
