/** The table of docs/cost.md, from the template and the price list. Pure. */
import { markdownTable } from '../../../infra/cli/generated.ts';
import { type Bill, billOf, dearerPartitioning } from '../../../infra/commands/cost/bill.ts';
import { OWN_METRICS } from '../../../infra/commands/cost/cost.ts';
import { type Design, readDesign } from '../../../infra/commands/cost/template.ts';
import type { Fleet } from '../../../infra/commands/cost/traffic.ts';

const READING = { devicesPerSite: 100, packed: true, readingBytes: 220 };
const FLEETS: readonly Fleet[] = [
  { devices: 100, intervalSeconds: 5, ...READING },
  { devices: 10_000, intervalSeconds: 5, ...READING },
  { devices: 1_000_000, intervalSeconds: 10, ...READING },
];
/** As the page names them, in its order. */
const SERVICES = {
  Kinesis: 'Kinesis',
  Firehose: 'Firehose',
  Lambda: 'Lambda',
  DynamoDB: 'DynamoDB',
  Scheduler: 'Scheduler',
  SNS: 'SNS, with e-mail',
  S3: 'S3',
  Athena: 'Athena, for the trusted layer',
  CloudWatch: 'CloudWatch',
  KMS: 'KMS',
} as const;

/** A large fleet's bill is not read by the cent. */
const dollars = (usd: number, { devices }: Fleet) => {
  const digits = devices < 1_000_000 ? 2 : 0;
  return usd.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
};
const perMillion = (usd: number, bill: Bill) => ((usd / bill.readingsPerMonth) * 1e6).toFixed(4);
const sumOf = (bill: Bill, service: string) =>
  bill.items.filter((item) => item.service === service).reduce((sum, { usd }) => sum + usd, 0);

export const designOf = (template: unknown): Design => readDesign(template, OWN_METRICS);

/** @throws Error where the bill has a service that the table has not */
export function costTable(design: Design): string {
  const bills = FLEETS.map((fleet) => billOf(design, fleet));
  const unknown = bills.flatMap(({ items }) => items).find(({ service }) => !(service in SERVICES));
  if (unknown) throw new Error(`Expected a row for ${unknown.service} in test/docs/figures/cost.ts`);
  const total =
    (turned: Design, more: Partial<Fleet> = {}) =>
    (fleet: Fleet) =>
      billOf(turned, { ...fleet, ...more }).total;
  const row = (what: string, of: (fleet: Fleet) => number) => [
    what,
    ...FLEETS.map((fleet) => dollars(of(fleet), fleet)),
  ];
  const traced = { ...design, detector: { ...design.detector, traced: true } };
  const byArrival = { ...design, delivery: { ...design.delivery, partitioned: false } };
  const dearer = (fleet: Fleet) => {
    const bill = billOf(design, fleet);
    return bill.total + dearerPartitioning(design, bill.traffic);
  };
  return markdownTable(
    ['', '100 devices, 5 s', '10,000 devices, 5 s', '1,000,000 devices, 10 s'],
    [
      ...Object.entries(SERVICES).map(([service, what]) => [
        what,
        ...bills.map((bill) => dollars(sumOf(bill, service), bill.fleet)),
      ]),
      ['**together**', ...bills.map((bill) => `**${dollars(bill.total, bill.fleet)}**`)],
      ['per million readings', ...bills.map((bill) => perMillion(bill.total, bill))],
      row('with one reading per record', total(design, { packed: false })),
      row('with X-Ray (`-c tracing=on`)', total(traced)),
      row('without the dashboard', total({ ...design, dashboards: 0 })),
      row('with the lake partitioned by arrival', total(byArrival)),
      row("with readings of 186 bytes, the size of the simulator's", total(design, { readingBytes: 186 })),
      row('if partitioning were billed by incoming data', dearer),
    ],
  );
}

/** Bills of the two sizes that the README names. */
export const namedBills = (design: Design): [small: Bill, large: Bill] => [
  billOf(design, FLEETS[0] as Fleet),
  billOf(design, FLEETS[1] as Fleet),
];
