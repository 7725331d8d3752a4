/** Bytes from base64, as strictly as AWS reads it. */

/** @param refuse called with AWS' words for what is not base64 */
export function blobOf(text: string, refuse: (text: string) => never): Uint8Array {
  const says = `'${text}' can not be converted to a Blob: `;
  if (text.length % 4 !== 0) {
    refuse(`${says}Base64 encoded length is expected a multiple of 4 bytes but found: ${text.length}`);
  }
  const bytes = Buffer.from(text, 'base64');
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const isPlain =
    bytes.length === (text.length / 4) * 3 - padding && !text.includes('-') && !text.includes('_');
  if (!isPlain) {
    const wrong = /[^a-zA-Z0-9+/=]|=[^=]/.exec(text)?.[0][0] ?? '=';
    refuse(`${says}Invalid Base64 character: '${wrong}'`);
  }
  // Bits behind the last byte must be 0. Only the last group can have some.
  if (padding > 0 && bytes.subarray(bytes.length - (3 - padding)).toString('base64') !== text.slice(-4)) {
    refuse(`${says}Invalid last non-pad Base64 character dectected`);
  }
  return bytes;
}
