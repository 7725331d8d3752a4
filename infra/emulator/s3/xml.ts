/** The XML of S3's answers. */
export const XML_HEADER = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** @param content markup, or text that {@link escapeText} has escaped */
export const element = (name: string, content: string | number | boolean): string =>
  `<${name}>${content}</${name}>`;

export const escapeText = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('\r', '&#13;');
