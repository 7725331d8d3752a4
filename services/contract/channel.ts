/**
 * A channel: where alerts go besides e-mail. One SecureString of the Parameter Store each, because its address or its
 * key is a secret; `npm run channel` writes it, the notifier reads it.
 */
import * as z from 'zod/mini';
import { fits } from './glob.ts';
import { SEVERITIES, type Severity } from './threshold.ts';

export const CHANNEL_KINDS = ['slack', 'teams', 'pagerduty', 'opsgenie', 'webhook'] as const;
export type ChannelKind = (typeof CHANNEL_KINDS)[number];

/** Where those services are that have one address for everybody. */
export const SERVICE_URLS = {
  pagerduty: 'https://events.pagerduty.com/v2/enqueue',
  opsgenie: 'https://api.opsgenie.com/v2/alerts',
} as const;

const LOOPBACK = /^http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?(?:\/|$)/;

/** Nothing secret goes over the network in the clear; this machine's own receivers may do without. */
export const isChannelUrl = (text: string): boolean =>
  URL.canParse(text) && (text.startsWith('https://') || LOOPBACK.test(text));

const url = z.string().check(z.refine(isChannelUrl, 'Expected an address that begins with https://'));
const secret = z.string().check(z.minLength(1));
const patterns = z.optional(z.array(z.string().check(z.minLength(1))));

/** What a channel wants to be told. Without it, everything. */
const filterSchema = z.object({
  /** This severity and those above it. */
  severity: z.optional(z.enum(SEVERITIES)),
  /** Names, or patterns with `*` and `?`. */
  rules: patterns,
  sites: patterns,
});
export type ChannelFilter = z.infer<typeof filterSchema>;

export const channelSchema = z.intersection(
  z.object({ filter: z._default(filterSchema, {}) }),
  z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('slack'), url }),
    z.object({ kind: z.literal('teams'), url }),
    z.object({ kind: z.literal('pagerduty'), url: z._default(url, SERVICE_URLS.pagerduty), key: secret }),
    z.object({ kind: z.literal('opsgenie'), url: z._default(url, SERVICE_URLS.opsgenie), key: secret }),
    z.object({ kind: z.literal('webhook'), url, key: z.optional(secret) }),
  ]),
);
export type Channel = z.infer<typeof channelSchema>;
export type ChannelOf<K extends ChannelKind> = Extract<Channel, { kind: K }>;

const NAME = /^[A-Za-z0-9_-]{1,64}$/;
export const isChannelName = (text: string): boolean => NAME.test(text);

/** An alert as far as a filter looks at it. */
interface Filtered {
  severity: Severity;
  rule: string;
  site_id: string;
}

export function wants({ severity, rules, sites }: ChannelFilter, alert: Filtered): boolean {
  const isSevere =
    severity === undefined || SEVERITIES.indexOf(alert.severity) >= SEVERITIES.indexOf(severity);
  return isSevere && fits(rules, alert.rule) && fits(sites, alert.site_id);
}
