/** The JSON schema of an environment's file, so that an editor knows every knob, its unit and its default. */
import { KNOBS } from './config.ts';
import type { Knob } from './knobs.ts';

export const ENVIRONMENT_SCHEMA = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'Settings of an environment of Streamwatch',
  description: 'What is left out has its default. Deploy with: npm run deploy -- --env NAME',
  type: 'object',
  additionalProperties: false,
  properties: {
    $schema: { description: 'Where this schema is, for an editor', type: 'string' },
    ...Object.fromEntries(
      Object.entries<Knob<unknown>>(KNOBS).map(([name, { meaning, allowed, default: fallback, schema }]) => [
        name,
        { description: `${meaning}. Takes ${allowed}; default: ${fallback}.`, ...schema },
      ]),
    ),
  },
};
