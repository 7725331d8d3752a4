/** What a site's way to the stream costs on top of the bill, for each of the ways of docs/edge.md. Pure. */
import { API_TIERS, PRICES, tiered } from './prices.ts';
import type { Traffic } from './traffic.ts';

export interface WayIn {
  way: string;
  /** Per month, for the whole fleet. */
  usd: number;
}

const MONTH_SECONDS = 730 * 3600;
const MONTH_MINUTES = 730 * 60;
const KB = 1024;
const GB = 1024 ** 3;
/** In which AWS IoT meters a rule and its action. */
const RULE_UNIT = 5 * KB;
/** A line of the API's access log. */
const LOG_BYTES = 350;
const FULL_REQUEST = 100;

/** @param sites each keeps one connection open */
export function waysIn(traffic: Traffic, sites: number): WayIn[] {
  const readings = traffic.readingsPerSecond * MONTH_SECONDS;
  return [
    { way: 'Gateway with a certificate', usd: 0 },
    { way: 'MQTT (edgeMqtt), packed', usd: ofMqtt(traffic, sites) },
    { way: `HTTP (edgeHttp), ${FULL_REQUEST} readings a request`, usd: ofRequests(readings / FULL_REQUEST) },
    { way: 'HTTP (edgeHttp), one reading a request', usd: ofRequests(readings) },
  ];
}

function ofMqtt({ recordsPerSecond, recordBytes }: Traffic, sites: number): number {
  const units = recordsPerSecond * MONTH_SECONDS * Math.ceil(recordBytes / RULE_UNIT);
  const rules = units * (PRICES.iotRule.usd + PRICES.iotAction.usd);
  return rules + sites * MONTH_MINUTES * PRICES.iotConnectionMinute.usd;
}

const ofRequests = (requests: number): number =>
  ((requests * LOG_BYTES) / GB) * PRICES.logGb.usd + tiered(requests, API_TIERS);
