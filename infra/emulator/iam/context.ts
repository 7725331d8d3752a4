/** Values of condition keys in one call. */

/** By the key in lower case, because IAM does not distinguish. A key that the call does not have is not in it. */
export type Context = ReadonlyMap<string, readonly string[]>;

type ContextValues = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * Keys that calls have here. A policy that asks for another one cannot be evaluated, and is an error: to take the key
 * for absent would make some conditions true.
 */
const KNOWN = new Set(
  [
    ...['aws:PrincipalAccount', 'aws:PrincipalArn', 'aws:PrincipalIsAWSService', 'aws:PrincipalServiceName'],
    ...['aws:PrincipalType', 'aws:RequestedRegion', 'aws:ResourceAccount', 'aws:SecureTransport'],
    ...['aws:SourceAccount', 'aws:SourceOwner', 'aws:SourceArn', 'aws:username'],
    ...['credentials-iot:AwsCertificateId', 'credentials-iot:ThingName'],
    ...['iot:Connection.Thing.IsAttached', 'iot:Connection.Thing.ThingName', 'iot:ClientId'],
    ...['kms:CallerAccount', 'kms:ViaService'],
    ...['s3:prefix', 's3:ResourceAccount', 's3:TlsVersion'],
    ...['sns:Endpoint', 'sns:Protocol'],
    'sts:RoleSessionName',
  ].map((key) => key.toLowerCase()),
);

export const isKnownKey = (key: string): boolean => KNOWN.has(key.toLowerCase());

export function contextOf(values: ContextValues, base: Context = new Map()): Context {
  const entries = Object.entries(values).flatMap(([key, value]) =>
    value === undefined ? [] : [[key.toLowerCase(), [value].flat()] as const],
  );
  return new Map([...base, ...entries]);
}
