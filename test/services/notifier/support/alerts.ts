import type { Alert } from '../../../../services/contract/alert.ts';

export const alert = (more: Partial<Alert> = {}): Alert => ({
  ...{ notification_id: 'n-1', incident_id: 'i-1', status: 'firing', severity: 'critical' },
  ...{ rule: 'temperature-high', kind: 'threshold', device_id: 'pump-7', site_id: 'plant-1' },
  ...{ metric: 'temperature', operator: '>', threshold: '90', value: 96.254, peak: 97.1 },
  started_at: '2026-01-31T09:30:05.000Z',
  at: '2026-01-31T09:30:15.000Z',
  summary: 'Too hot & <rising>: 96.25 °C',
  timestamp_sent: '2026-01-31 09',
  ...more,
});

/** As the detector puts it on the topic. */
export const digest = (alerts: Alert[], others: object[] = []) => ({
  ...{ status: alerts[0]?.status, rule: alerts[0]?.rule, severity: alerts[0]?.severity },
  ...{ count: alerts.length + others.length, alerts, truncated: others.length, others },
});
