/**
 * The detector's health metrics: what it tells CloudWatch about itself, and what alarms and the dashboard read. A plain
 * *metric* is what a rule watches, such as a temperature.
 */

/** Namespace, and the one dimension that Powertools adds. */
export const METRICS_NAMESPACE = 'Streamwatch';
export const METRICS_DIMENSION = { service: 'detector' } as const;

/** Unit and meaning of every health metric. Each is sent once per invocation. */
export const DETECTOR_METRICS = {
  Readings: { unit: 'Count', meaning: 'Valid readings' },
  MalformedLines: { unit: 'Count', meaning: 'Lines that are not readings' },
  ForeignReadings: {
    unit: 'Count',
    meaning: "Readings whose site is not their record's partition key, not evaluated",
  },
  SkewedReadings: {
    unit: 'Count',
    meaning: 'Readings from a clock more than 5 minutes ahead, not evaluated',
  },
  LateReadings: { unit: 'Count', meaning: 'Readings that came late or twice, not evaluated again' },
  NotEvaluated: {
    unit: 'Count',
    meaning: 'Lines that were not evaluated for any of these reasons',
  },
  ClockSetBack: { unit: 'Count', meaning: "Readings that showed that their device's clock went back" },
  ReadingsSetAside: {
    unit: 'Count',
    meaning: 'Readings, or alerts about them, that no retry can help: kept in the failure bucket',
  },
  IncidentsOpened: { unit: 'Count', meaning: 'Incidents that began' },
  IncidentsResolved: { unit: 'Count', meaning: 'Incidents that ended' },
  NotificationFailures: { unit: 'Count', meaning: 'Messages that the topic, or a channel, did not take' },
  BatchAge: { unit: 'Milliseconds', meaning: 'Age of the oldest record when its batch began' },
} as const;

export type DetectorMetric = keyof typeof DETECTOR_METRICS;
