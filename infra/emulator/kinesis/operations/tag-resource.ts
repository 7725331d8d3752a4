import { operation } from '../api/operation.ts';
import { resourceOf } from '../api/resource.ts';
import { RESOURCE_ARN, required, TAGS } from '../api/shapes.ts';
import { checkTags } from '../api/tags.ts';

export const tagResource = operation(
  { ResourceARN: required(RESOURCE_ARN), Tags: required(TAGS) },
  async ({ ResourceARN, Tags }, { streams }) => {
    const resource = resourceOf(streams, ResourceARN);
    resource.tags = checkTags(resource.name, resource.tags, Tags);
    await streams.save();
    return undefined;
  },
);
