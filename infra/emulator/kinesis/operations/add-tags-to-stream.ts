import { streamOf } from '../api/find.ts';
import { operation } from '../api/operation.ts';
import { required, STREAM, TAGS } from '../api/shapes.ts';
import { checkTags } from '../api/tags.ts';

export const addTagsToStream = operation({ ...STREAM, Tags: required(TAGS) }, async (input, { streams }) => {
  const { state } = streamOf(streams, input);
  state.tags = checkTags(state.name, state.tags, input.Tags);
  await streams.save();
  return undefined;
});
