import { streamOf } from '../api/find.ts';
import { operation } from '../api/operation.ts';
import { STREAM } from '../api/shapes.ts';
import { listed } from '../api/tags.ts';

const MOST = 50;

export const listTagsForStream = operation(
  {
    ...STREAM,
    ExclusiveStartTagKey: { type: 'string', min: 1, max: 128 },
    Limit: { type: 'integer', min: 1, max: MOST },
  },
  ({ ExclusiveStartTagKey: after, Limit = MOST, ...named }, { streams }) => {
    const { tags } = streamOf(streams, named).state;
    const rest = listed(tags).filter(({ Key }) => after === undefined || Key > after);
    return { Tags: rest.slice(0, Limit), HasMoreTags: rest.length > Limit };
  },
);
