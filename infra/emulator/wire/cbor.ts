/** The part of CBOR (RFC 8949) that errors need. */

/** A map of texts, with fewer than 24 entries. */
export function cborOfTexts(texts: Record<string, string>): Buffer {
  const entries = Object.entries(texts);
  return Buffer.concat([Buffer.of(0xa0 | entries.length), ...entries.flat().map(cborText)]);
}

/** The length always takes four bytes. */
function cborText(text: string): Buffer {
  const bytes = Buffer.from(text);
  const head = Buffer.of(0x7a, 0, 0, 0, 0);
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}
