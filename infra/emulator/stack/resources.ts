/** Which resources of the stack run on this machine. */
import type { Stack } from './intrinsics.ts';
import type { ResourceType } from './service.ts';

export interface ResourceRow {
  logicalId: string;
  /** The logical id without the hash that CDK appends. */
  name: string;
  type: string;
  mode: 'local' | 'not emulated';
}

/** @param types that some service runs; all others, such as roles and alarms, have no effect here */
export function resourceRows(stack: Stack, types: ReadonlyMap<string, ResourceType>): ResourceRow[] {
  return stack.resources.map((resource) => {
    const { logicalId, type } = resource;
    const known = types.get(type);
    const runs = known !== undefined && (known.runs?.(resource, stack) ?? true);
    return {
      logicalId,
      name: logicalId.replace(/[0-9A-F]{8}$/, ''),
      type,
      mode: runs ? 'local' : 'not emulated',
    };
  });
}
