/** What a site's gateway, its enrolment and the template agree on. docs/edge.md explains the whole. */
import * as z from 'zod/mini';

/**
 * A site that can be enrolled. Its name is also that of its AWS IoT thing, which allows no dot, while a `site_id` does.
 */
export const SITE_PATTERN = /^[A-Za-z0-9_-]{1,64}$/;

/** Life of a site's credentials, in seconds: the shortest that AWS IoT offers. It bounds what a stolen key can do. */
export const CREDENTIAL_SECONDS = 900;

/**
 * Name of the rule of a stack that takes readings over MQTT (edgeMqtt=on). It is in the topic that sites publish to, so
 * it is made of the stack's name: two stacks in an account stay apart. AWS IoT allows no hyphen in it.
 */
export const ruleNameOf = (stackName: string): string =>
  `${stackName.replaceAll(/[^A-Za-z0-9_]/g, '_')}_edge`;

/** Basic ingest: no broker is between a site and the rule, and none is paid for. */
export const ruleTopic = (ruleName: string, site: string): string => `$aws/rules/${ruleName}/${site}`;

/** In the failure bucket: messages over MQTT that AWS IoT could not put into the stream. */
export const EDGE_ERRORS_PREFIX = 'edge/';

/** Files in a site's folder. `site.json` is written last: a folder that has it is complete. */
export const SITE_FILES = {
  key: 'key.pem',
  certificate: 'cert.pem',
  ca: 'ca.pem',
  site: 'site.json',
} as const;

/** `site.json`: where a site's gateway sends to. It holds no secret. */
export const siteSchema = z.object({
  /** Name of the site and of its thing: partition key of its records, and `site_id` of its readings. */
  site: z.string().check(z.regex(SITE_PATTERN, `Expected a site's name to match ${SITE_PATTERN.source}`)),
  region: z.string(),
  stream: z.string(),
  roleAlias: z.string(),
  /** Host of the account's credentials provider; with `:port` if it is not 443. */
  credentialsEndpoint: z.string().check(z.minLength(1)),
  /** Only with edgeMqtt=on: where the site may publish, and under which topic. Its client id is its name. */
  mqtt: z.optional(z.object({ host: z.string(), port: z.number(), topic: z.string() })),
  /** Only for a local runtime: the address of its AWS APIs. */
  endpoint: z.optional(z.url()),
});

export type Site = z.infer<typeof siteSchema>;
