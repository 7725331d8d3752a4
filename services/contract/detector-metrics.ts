/** The detector's own CloudWatch metrics: the names that it emits and that alarms and the dashboard read. */

/** Namespace, and the one dimension that Powertools adds. */
export const METRICS_NAMESPACE = 'Streamwatch';
export const METRICS_DIMENSION = { service: 'detector' } as const;

/** Unit and meaning of every metric, once per invocation. */
export const DETECTOR_METRICS = {
  Readings: { unit: 'Count', meaning: 'Valid readings' },
  MalformedLines: { unit: 'Count', meaning: 'Lines that are no reading' },
  SkewedReadings: {
    unit: 'Count',
    meaning: 'Readings from a clock more than 5 minutes ahead, not evaluated',
  },
  LateReadings: { unit: 'Count', meaning: 'Readings that came late or twice, not evaluated again' },
  IncidentsOpened: { unit: 'Count', meaning: 'Incidents that began' },
  IncidentsResolved: { unit: 'Count', meaning: 'Incidents that ended' },
  NotificationFailures: { unit: 'Count', meaning: 'Messages that the topic did not take' },
  BatchAge: { unit: 'Milliseconds', meaning: 'Age of the oldest record when its batch began' },
} as const;

export type DetectorMetric = keyof typeof DETECTOR_METRICS;
