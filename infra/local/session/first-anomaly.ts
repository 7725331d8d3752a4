/** The first anomaly of a session, so that an e-mail surely arrives within seconds. */
import type { Alert } from '../../../services/contract/alert.ts';
import { DEFAULT_SEED, deviceId } from '../../../services/contract/fleet-ids.ts';

/** Early enough to be seen at once, and long enough for the rule to fire. */
const WHEN = '+2s/20s';
const FIRST_CHOICE = 3;

/**
 * The injection: `dev-3` overheats, or the next device that has no open incident from an earlier session. Otherwise the
 * anomaly would only continue that incident, without a mail.
 * @param alerts of all sessions
 */
export function firstAnomaly(devices: number, alerts: readonly Alert[]): string | undefined {
  const resolved = new Set(
    alerts.filter(({ status }) => status === 'resolved').map(({ incident_id }) => incident_id),
  );
  const withIncident = new Set(
    alerts.filter(({ incident_id }) => !resolved.has(incident_id)).map(({ device_id }) => device_id),
  );
  for (let i = 0; i < devices; i += 1) {
    const device = deviceId(DEFAULT_SEED, (FIRST_CHOICE - 1 + i) % devices);
    if (!withIncident.has(device)) return `sustained@${device}:temperature${WHEN}`;
  }
  return undefined;
}
