/** The saved query about what the detector did not evaluate. A report may be stored twice, so it is counted by its id. */
import { instant } from '../../../services/contract/lake-sql.ts';
import type { SavedQuery } from '../../../services/contract/saved-query.ts';
import { sentWithin } from './saved-query.ts';

export function refusalQueries(refused: string): SavedQuery[] {
  return [
    {
      name: 'refused-readings',
      description:
        'Readings of the last 24 hours that were not evaluated: device, reason and what to change; most first',
      sql: `WITH told AS (
  SELECT refusal_id, verdict, device_id, site_id, reason, advice,
         max(readings) AS readings,
         max(${instant('"at"')}) AS last_at
  FROM ${refused}
  WHERE ${sentWithin(1, 'day')}
    AND refusal_id IS NOT NULL
  GROUP BY refusal_id, verdict, device_id, site_id, reason, advice
)
SELECT device_id,
       site_id,
       verdict,
       sum(readings) AS readings,
       date_trunc('second', max(last_at)) AS last_at,
       reason,
       advice
FROM told
GROUP BY device_id, site_id, verdict, reason, advice
ORDER BY readings DESC, device_id, site_id, verdict, reason`,
    },
  ];
}
