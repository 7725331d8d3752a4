/** As much CBOR (RFC 8949) as an error is made of. */

/** A map from texts to texts, with fewer than 24 of them. */
export function cborOfTexts(texts: Record<string, string>): Buffer {
  const entries = Object.entries(texts);
  return Buffer.concat([Buffer.of(0xa0 | entries.length), ...entries.flat().map(cborText)]);
}

/** Its length in four bytes, however short. */
function cborText(text: string): Buffer {
  const bytes = Buffer.from(text);
  const head = Buffer.of(0x7a, 0, 0, 0, 0);
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}
