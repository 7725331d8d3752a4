import { describe, expect, it } from 'vitest';
import { firstAnomaly } from '../../../../infra/local/session/first-anomaly.ts';
import type { Alert } from '../../../../services/contract/alert.ts';

const alert = (device: string, status: Alert['status'], incident = device) =>
  ({ device_id: device, incident_id: incident, status }) as Alert;

describe('the first anomaly', () => {
  it('is dev-3 overheating, in a fresh session and when its incident from an earlier session is over', () => {
    const sure = 'sustained@dev-3:temperature+2s/20s';
    expect(firstAnomaly(20, [])).toBe(sure);
    expect(firstAnomaly(20, [alert('dev-3', 'firing'), alert('dev-3', 'resolved')])).toBe(sure);
  });

  it('is another device while an incident of dev-3 is open, which would swallow it', () => {
    expect(firstAnomaly(20, [alert('dev-3', 'firing'), alert('dev-4', 'escalated')])).toMatch(/@dev-5:/);
  });

  it('is a device that the fleet has', () => {
    expect(firstAnomaly(1, [])).toMatch(/@dev-1:/);
    expect(firstAnomaly(2, [alert('dev-1', 'firing')])).toMatch(/@dev-2:/);
    expect(firstAnomaly(1, [alert('dev-1', 'firing')])).toBeUndefined();
  });
});
