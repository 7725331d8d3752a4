/** Bytes from base64, as strictly as AWS reads it. */

/** Called with AWS' words for what is not base64. */
export type Refuse = (text: string) => never;

export const blobOf = (text: string, refuse: Refuse): Uint8Array =>
  decodeInto(Buffer.allocUnsafe(roomFor(text)), text, refuse);

/** A text that is still where it came, as Latin-1, in memory that nobody else needs: its bytes take its place. */
export class Base64Text {
  readonly #memory: Buffer;

  constructor(memory: Buffer) {
    this.#memory = memory;
  }

  /** May be called once. */
  decode(refuse: Refuse): Uint8Array {
    return decodeInto(this.#memory, this.toString(), refuse);
  }

  toString(): string {
    return this.#memory.toString('latin1');
  }
}

const roomFor = ({ length }: string) => Math.ceil(length / 4) * 3;

/** @param room for at least {@link roomFor} so many bytes; the answer is its beginning */
function decodeInto(room: Buffer, text: string, refuse: Refuse): Uint8Array {
  const says = `'${text}' can not be converted to a Blob: `;
  if (text.length % 4 !== 0) {
    refuse(`${says}Base64 encoded length is expected a multiple of 4 bytes but found: ${text.length}`);
  }
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const length = (text.length / 4) * 3 - padding;
  const written = room.write(text, 0, length, 'base64');
  const isPlain = written === length && !text.includes('-') && !text.includes('_');
  if (!isPlain) {
    const wrong = /[^a-zA-Z0-9+/=]|=[^=]/.exec(text)?.[0][0] ?? '=';
    refuse(`${says}Invalid Base64 character: '${wrong}'`);
  }
  const bytes = room.subarray(0, length);
  // Bits behind the last byte must be 0. Only the last group can have some.
  if (padding > 0 && bytes.subarray(bytes.length - (3 - padding)).toString('base64') !== text.slice(-4)) {
    refuse(`${says}Invalid last non-pad Base64 character dectected`);
  }
  return bytes;
}
