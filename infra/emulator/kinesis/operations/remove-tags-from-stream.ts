import { streamOf } from '../api/find.ts';
import { operation } from '../api/operation.ts';
import { required, STREAM, TAG_KEYS } from '../api/shapes.ts';
import { refuseCharacters, without } from '../api/tags.ts';

export const removeTagsFromStream = operation(
  { ...STREAM, TagKeys: required(TAG_KEYS) },
  async (input, { streams }) => {
    const { state } = streamOf(streams, input);
    refuseCharacters(input.TagKeys);
    state.tags = without(state.tags, input.TagKeys);
    await streams.save();
    return undefined;
  },
);
