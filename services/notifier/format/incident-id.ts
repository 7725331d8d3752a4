/** Ids of requests about one incident, for services that keep incidents of their own. */
import type { News, Told } from './news.ts';
import type { Request } from './request.ts';

/**
 * An incident is raised once for each severity and reminder, and ended once. What raises it must not be sent after what ends it: the
 * service would open an incident that nothing ends.
 */
export function idsOf(
  { status }: News,
  { incident_id, severity, notification_id = severity }: Told,
): Pick<Request, 'id' | 'outdatedBy' | 'status' | 'incidents'> {
  const ended = `${incident_id}-resolved`;
  const about = { status, incidents: [incident_id] };
  return status === 'resolved'
    ? { ...about, id: ended }
    : { ...about, id: `${incident_id}-${notification_id}`, outdatedBy: ended };
}
