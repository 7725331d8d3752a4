/** Tags of streams by their names, and of streams and consumers by their ARNs. */
import { consumerOf, streamOf } from '../api/find.ts';
import { operation } from '../api/operation.ts';
import { RESOURCE_ARN, required, STREAM, TAG_KEYS, TAGS } from '../api/shapes.ts';
import { checkTags, refuseCharacters } from '../api/tags.ts';
import type { Streams } from '../stream/streams.ts';

const MOST = 50;
const RESOURCE = { ResourceARN: required(RESOURCE_ARN) };

export const addTagsToStream = operation({ ...STREAM, Tags: required(TAGS) }, (input, { streams }) =>
  add(streams, streamOf(streams, input).state, input.Tags),
);

export const removeTagsFromStream = operation(
  { ...STREAM, TagKeys: required(TAG_KEYS) },
  (input, { streams }) => {
    const { state } = streamOf(streams, input);
    refuseCharacters(input.TagKeys);
    return remove(streams, state, input.TagKeys);
  },
);

export const listTagsForStream = operation(
  {
    ...STREAM,
    ExclusiveStartTagKey: { type: 'string', min: 1, max: 128 },
    Limit: { type: 'integer', min: 1, max: MOST },
  },
  ({ ExclusiveStartTagKey: after, Limit = MOST, ...named }, { streams }) => {
    const rest = listed(streamOf(streams, named).state).filter(
      ({ Key }) => after === undefined || Key > after,
    );
    return { Tags: rest.slice(0, Limit), HasMoreTags: rest.length > Limit };
  },
);

export const tagResource = operation({ ...RESOURCE, Tags: required(TAGS) }, (input, { streams }) =>
  add(streams, resourceOf(streams, input.ResourceARN), input.Tags),
);

export const untagResource = operation({ ...RESOURCE, TagKeys: required(TAG_KEYS) }, (input, { streams }) =>
  remove(streams, resourceOf(streams, input.ResourceARN), input.TagKeys),
);

export const listTagsForResource = operation(RESOURCE, ({ ResourceARN }, { streams }) => ({
  Tags: listed(resourceOf(streams, ResourceARN)),
}));

interface Tagged {
  name: string;
  tags: Record<string, string>;
}

/** @throws AwsError */
function resourceOf(streams: Streams, arn: string): Tagged {
  if (arn.includes('/consumer/')) return consumerOf(streams, { ConsumerARN: arn }).consumer;
  return streamOf(streams, { StreamARN: arn }).state;
}

async function add(streams: Streams, tagged: Tagged, added: Tagged['tags']): Promise<void> {
  tagged.tags = checkTags(tagged.name, tagged.tags, added);
  await streams.save();
}

async function remove(streams: Streams, tagged: Tagged, keys: readonly string[]): Promise<void> {
  tagged.tags = Object.fromEntries(Object.entries(tagged.tags).filter(([key]) => !keys.includes(key)));
  await streams.save();
}

/** In the order of their keys. */
const listed = ({ tags }: Tagged) =>
  Object.keys(tags)
    .toSorted()
    .map((Key) => ({ Key, Value: tags[Key] }));
