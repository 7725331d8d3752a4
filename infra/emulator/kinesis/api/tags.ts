/** What AWS lets tags be. */
import { LIMITS } from '../stream/limits.ts';
import { inAccount, invalid } from './refusals.ts';

const ALLOWED = /^[\p{L}\p{Z}\p{N}_.:/=+\-@%]*$/u;

type Tags = Readonly<Record<string, string>>;

/** @returns the tags after the change. @throws AwsError */
export function checkTags(stream: string, present: Tags, added: Tags): Record<string, string> {
  refuseCharacters([...Object.keys(added), ...Object.values(added)]);
  const tags = { ...present, ...added };
  if (Object.keys(tags).length > LIMITS.tags) {
    throw invalid(
      `${inAccount(`Failed to add tags to stream ${stream}`)} because a given stream cannot have more than ${LIMITS.tags} tags associated with it.`,
    );
  }
  return tags;
}

/** @throws AwsError */
export function refuseCharacters(texts: readonly string[]): void {
  if (texts.every((text) => ALLOWED.test(text))) return;
  throw invalid(
    'Some tags contain invalid characters. Valid characters: Unicode letters, digits, white space, _ . / = + - % @.',
  );
}
