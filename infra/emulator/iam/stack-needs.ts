/**
 * What the resources of a template need of IAM when they do their work on AWS, as AWS documents it, whether or not they
 * come to do it here.
 */
import { ZodError } from 'zod';
import { own } from '../base/own.ts';
import type { StackResource } from '../stack/intrinsics.ts';
import { DELIVERY_NEEDS } from './delivery-needs.ts';
import { EDGE_NEEDS } from './edge-needs.ts';
import { EVENT_NEEDS } from './event-needs.ts';
import { FUNCTION_NEEDS } from './function-needs.ts';
import { SCHEDULE_NEEDS } from './schedule-needs.ts';
import type { NeedsOf, StackNeed } from './stack-need.ts';

const BY_TYPE: Readonly<Record<string, NeedsOf>> = {
  ...FUNCTION_NEEDS,
  ...DELIVERY_NEEDS,
  ...EVENT_NEEDS,
  ...SCHEDULE_NEEDS,
  ...EDGE_NEEDS,
};

export function stackNeeds(resources: readonly StackResource[]): StackNeed[] {
  const stack = {
    resources,
    find: (type: string, name: string) =>
      resources.find((one) => one.type === type && (one.ref === name || one.arn === name)),
  };
  return resources.flatMap((resource) => {
    const needsOf = own(BY_TYPE, resource.type);
    try {
      return needsOf?.(resource, stack) ?? [];
    } catch (error) {
      // The service that runs it says what is wrong with its properties.
      if (error instanceof ZodError) return [];
      throw error;
    }
  });
}
