/** The texts at the top of a request, without a look at its records: a call may carry megabytes of them. */
import type { AwsRequest } from '../wire/aws-request.ts';

/** Member → text. A body that is malformed has none, and is refused by the service. */
export function textsOf({ headers, body }: Pick<AwsRequest, 'headers' | 'body'>): Record<string, string> {
  const isCbor = headers['content-type']?.startsWith('application/x-amz-cbor') ?? false;
  try {
    const entries = isCbor ? cborTexts(body) : Object.entries(JSON.parse(body.toString()) as object);
    return Object.fromEntries(
      entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    );
  } catch {
    return {};
  }
}

const TEXT = 3;
const MAP = 5;
const TAG = 6;
const BREAK = 0xff;

/** RFC 8949, as far as it takes to skip what is not a text. @throws RangeError at the end of what is malformed */
function cborTexts(bytes: Buffer): [string, unknown][] {
  const found: [string, unknown][] = [];
  let at = 0;

  function head(): { kind: number; size: number; open: boolean } {
    const first = bytes.readUInt8(at);
    at += 1;
    const [kind, short] = [first >> 5, first & 0x1f];
    if (short < 24) return { kind, size: short, open: false };
    if (short === 31) return { kind, size: Number.POSITIVE_INFINITY, open: true };
    const length = 2 ** (short - 24);
    const size = length === 8 ? Number(bytes.readBigUInt64BE(at)) : bytes.readUIntBE(at, length);
    at += length;
    return { kind, size, open: false };
  }

  const ends = (open: boolean) => {
    if (!open || bytes.readUInt8(at) !== BREAK) return false;
    at += 1;
    return true;
  };

  function skip(): void {
    const { kind, size, open } = head();
    // Numbers, dates and simple values are over with their heads; a tag stands before one more value.
    if (kind === TAG) skip();
    if (kind < 2 || kind >= TAG) return;
    if (!open && kind <= TEXT) at += size;
    else for (let left = kind === MAP ? 2 * size : size; left > 0 && !ends(open); left -= 1) skip();
  }

  function text(): string | undefined {
    const before = at;
    const { kind, size, open } = head();
    if (kind === TEXT && !open) {
      at += size;
      return bytes.toString('utf8', at - size, at);
    }
    at = before;
    skip();
    return undefined;
  }

  const { kind, size, open } = head();
  for (let left = kind === MAP ? size : 0; left > 0 && !ends(open); left -= 1) {
    const [name, value] = [text(), text()];
    if (name !== undefined) found.push([name, value]);
  }
  return found;
}
