import { operation } from '../api/operation.ts';
import { resourceOf } from '../api/resource.ts';
import { RESOURCE_ARN, required, TAG_KEYS } from '../api/shapes.ts';
import { without } from '../api/tags.ts';

export const untagResource = operation(
  { ResourceARN: required(RESOURCE_ARN), TagKeys: required(TAG_KEYS) },
  async ({ ResourceARN, TagKeys }, { streams }) => {
    const resource = resourceOf(streams, ResourceARN);
    resource.tags = without(resource.tags, TagKeys);
    await streams.save();
    return undefined;
  },
);
