import { operation } from '../api/operation.ts';
import { resourceOf } from '../api/resource.ts';
import { RESOURCE_ARN, required } from '../api/shapes.ts';
import { listed } from '../api/tags.ts';

export const listTagsForResource = operation(
  { ResourceARN: required(RESOURCE_ARN) },
  ({ ResourceARN }, { streams }) => ({ Tags: listed(resourceOf(streams, ResourceARN).tags) }),
);
