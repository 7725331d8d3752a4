/** What the template and its readers agree on besides the outputs. */

/** Name of the one stack, and of its object in the outputs file. */
export const STACK_NAME = 'Streamwatch';
/** Key of the template's metadata under which the detector's resource lists its rules. */
export const RULES_METADATA = 'streamwatch:rules';
