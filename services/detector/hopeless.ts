/** Which errors no retry can cure: the same item or message will meet them again, however often it is tried. */
import { UnreadableItem } from './item.ts';

/**
 * What AWS answers to a request that it will never take: DynamoDB to an item, SNS to a message. Throttling, time-outs,
 * missing rights and missing resources are not among them: those pass, or somebody repairs them.
 */
const REFUSED_FOR_GOOD: ReadonlySet<string> = new Set([
  'ValidationException',
  'ValidationError',
  'SerializationException',
  'ItemCollectionSizeLimitExceededException',
  'RequestEntityTooLarge',
  'RequestEntityTooLargeException',
  'InvalidParameter',
  'InvalidParameterException',
  'InvalidParameterValue',
  'InvalidParameterValueException',
  'ParameterValueInvalid',
]);

export function isHopeless(error: unknown): boolean {
  // Our own code, given the same readings, throws the same again.
  if (error instanceof UnreadableItem || error instanceof TypeError || error instanceof RangeError)
    return true;
  return error instanceof Error && REFUSED_FOR_GOOD.has(error.name);
}
