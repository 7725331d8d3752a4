import type { RefusalKind, Service } from '../stack/service.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { FaultKind } from './fault.ts';

export type Refusing = readonly Pick<Service, 'name' | 'refusals'>[];

export const isRefusal = (kind: FaultKind): kind is RefusalKind =>
  ['throttle', 'unavailable', 'internal-error', 'expired-iterator'].includes(kind);

/** The refusal in the service's own words. */
export function refusal(services: Refusing, name: string, kind: RefusalKind): AwsError {
  const words = services.find((service) => service.name === name)?.refusals?.[kind];
  if (words === undefined) throw new Error(`No fault ${kind} is known for ${name}`);
  const [code, status, message] = words;
  return new AwsError(code, message, status);
}
