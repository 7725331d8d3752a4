/**
 * The members of the fleet. A device's number alone decides its site, and a site's number alone its name, so that a
 * larger fleet contains the smaller one of the same seed.
 */
import { faker } from '@faker-js/faker/locale/en';
import { ordinal } from '../services/contract/fleet-ids.ts';

/** Devices of the largest site: at one reading a second, its gateway fills one record of 24 KB a second. */
const LARGEST_SITE = 100;
const SMALLEST_SITE = 4;

export interface Site {
  siteId: string;
  /** Its place, for people. */
  place: string;
  /** Number of the site's first device; devices count from 0. */
  firstDevice: number;
  devices: number;
}

export interface FleetLayout {
  seed: number;
  devices: number;
  devicesPerSite?: number | undefined;
  /** Names of its sites; without them, it makes up names. */
  siteNames?: readonly string[] | undefined;
}

/**
 * The sites of a fleet. They differ in size, as real ones do: 4, 8, 16 … up to 100 devices, or `perSite` each.
 * The last one holds what is left over.
 */
export function layOutSites(seed: number, devices: number, perSite?: number): Site[] {
  const sites: Site[] = [];
  let firstDevice = 0;
  while (firstDevice < devices) {
    const number = sites.length;
    const size = perSite ?? Math.min(LARGEST_SITE, SMALLEST_SITE * 2 ** number);
    faker.seed([seed, number]);
    const city = faker.location.city();
    sites.push({
      siteId: `${slug(city)}-${ordinal(seed, number)}`,
      place: `${city}, ${faker.location.country()}`,
      firstDevice,
      devices: Math.min(size, devices - firstDevice),
    });
    firstDevice += size;
  }
  return sites;
}

/** Sites with the names given, or those that a fleet makes up. */
export const layOut = ({ seed, devices, devicesPerSite, siteNames }: FleetLayout): Site[] =>
  siteNames ? layOutNamedSites(devices, siteNames) : layOutSites(seed, devices, devicesPerSite);

/** The same for sites that have names already: as many devices at each, as far as that goes. */
export function layOutNamedSites(devices: number, names: readonly string[]): Site[] {
  let firstDevice = 0;
  return names.slice(0, devices).map((siteId, i, { length }) => {
    const site = {
      ...{ siteId, place: siteId, firstDevice },
      devices: Math.ceil((devices - firstDevice) / (length - i)),
    };
    firstDevice += site.devices;
    return site;
  });
}

/** A name, reduced to the characters of a site's id. */
const slug = (name: string) =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 40) || 'site';
