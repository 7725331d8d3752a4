/** Characters that XML 1.0 cannot contain, not even escaped. */
const NOT_XML = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;
const ENTITIES = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  // Unescaped, a reader would change it to a line feed.
  ['\r', '&#13;'],
]);

export const escapeXml = (text: string): string =>
  text.replace(NOT_XML, '\uFFFD').replace(/[&<>"\r]/g, (char) => ENTITIES.get(char) ?? char);

/** @param content markup, or text that {@link escapeXml} has escaped */
export const element = (name: string, content: string | number | boolean): string =>
  `<${name}>${content}</${name}>`;
