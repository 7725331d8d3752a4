/** Where somebody who got an alert looks next: the command that shows more, and pages. Pure. */

/** What of a stack leads to it. */
export interface Whereabouts {
  stack: string;
  region: string;
  /** Athena's, with the saved queries. */
  workGroup: string;
  /** CloudWatch's; undefined where there is none. */
  dashboard: string | undefined;
  /** Of the local runtime; undefined on AWS. */
  page: string | undefined;
  /** With which commands find the local runtime. */
  localFlags: string;
}

/** What a person is shown, and a program gets. */
export interface Look {
  command: string;
  links: { page?: string; athena?: string; dashboard?: string };
  /** In which the queries of `athena` are. */
  workgroup?: string;
}

/** Environment variables of the functions that tell of alerts. The region is from Lambda itself. */
export const WHEREABOUTS = {
  stack: 'STACK_NAME',
  workGroup: 'ATHENA_WORK_GROUP',
} as const;
/** Missing where there is no dashboard. */
export const DASHBOARD_VARIABLE = 'DASHBOARD_NAME';
/** Set by the local runtime, where its folder is not the usual one. */
export const LOCAL_FLAGS_VARIABLE = 'LOCAL_FLAGS';

/** Of another address, it is AWS' own, or a proxy to it. */
const LOOPBACK = /^http:\/\/127\.0\.0\.1(?::\d+)?$/;

/** @param required values of {@link WHEREABOUTS} */
export function whereaboutsIn(
  required: Record<keyof typeof WHEREABOUTS, string>,
  env: Record<string, string | undefined>,
): Whereabouts {
  const endpoint = env.AWS_ENDPOINT_URL ?? '';
  return {
    ...required,
    region: env.AWS_REGION ?? '',
    dashboard: env[DASHBOARD_VARIABLE] || undefined,
    page: LOOPBACK.test(endpoint) ? endpoint : undefined,
    localFlags: env[LOCAL_FLAGS_VARIABLE] || '--local',
  };
}

/** @param incidentId undefined for what is about several */
export function lookOf(
  { stack, region, workGroup, dashboard, page, localFlags }: Whereabouts,
  incidentId?: string,
): Look {
  const show = incidentId === undefined ? '' : `show ${incidentId} `;
  const command = (flags: string) => `npm run incidents -- ${show}${flags}`;
  if (page !== undefined) {
    const address = incidentId === undefined ? '#/incidents' : `#/incidents/${incidentId}`;
    return { command: command(localFlags), links: { page: `${page}/${address}` } };
  }
  const console = `https://${region}.${consoleOf(region)}`;
  return {
    command: command(`--stack ${stack}`),
    workgroup: workGroup,
    links: {
      athena: `${console}/athena/home?region=${region}#/query-editor`,
      ...(dashboard !== undefined && {
        dashboard: `${console}/cloudwatch/home?region=${region}#dashboards/dashboard/${dashboard}`,
      }),
    },
  };
}

/** Each partition of AWS has its own. */
function consoleOf(region: string): string {
  if (region.startsWith('cn-')) return 'console.amazonaws.cn';
  return region.startsWith('us-gov-') ? 'console.amazonaws-us-gov.com' : 'console.aws.amazon.com';
}

const LABELS = { page: 'Page', athena: 'Athena', dashboard: 'Dashboard' } as const;

/** Label and address of each link, as people get them. */
export const linksOf = ({ links }: Look): [label: string, url: string][] =>
  Object.entries(LABELS).flatMap(([name, label]): [string, string][] => {
    const url = links[name as keyof typeof LABELS];
    return url === undefined ? [] : [[label, url]];
  });
