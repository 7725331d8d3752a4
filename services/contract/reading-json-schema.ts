/** JSON schema of a reading, for the people who program devices. reading.schema.json is its committed form. */
import * as z from 'zod/mini';
import { READING_COLUMNS, readingSchema } from './reading.ts';

export function readingJsonSchema(): object {
  const comments = new Map(READING_COLUMNS.map(({ name, comment }) => [name, comment]));
  return z.toJSONSchema(readingSchema(), {
    io: 'input',
    override: ({ jsonSchema, path }) => {
      if (path.length === 0)
        jsonSchema.description = 'One reading: a line of JSON in a record of the stream.';
      const field = path.at(-1);
      if (path.length === 2 && typeof field === 'string') jsonSchema.description = comments.get(field);
    },
  });
}
