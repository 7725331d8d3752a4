/** Changes that would lower the bill, and remarks on it. Pure. */
import { plural } from '../../cli/text.ts';
import { type Bill, billOf, dearerPartitioning, fillOf } from './bill.ts';
import type { Design } from './template.ts';
import type { Fleet } from './traffic.ts';

export interface Turn {
  what: string;
  /** USD a month. */
  saves: number;
}

/** Savings below this share of the bill are not shown. */
const WORTH_SAYING = 0.02;

/** A design that costs less, and its disadvantage. */
const TURNS: readonly { what: string; applies(design: Design): boolean; turned(design: Design): Design }[] = [
  {
    what: 'No X-Ray (-c tracing=off): logs and metrics stay',
    applies: ({ detector }) => detector.traced,
    turned: (design) => ({ ...design, detector: { ...design.detector, traced: false } }),
  },
  {
    what: 'Partition the lake by arrival, with no dynamic partitioning (infra/aws/parquet-delivery.ts): late hours mix',
    applies: ({ delivery }) => delivery.partitioned,
    turned: (design) => ({ ...design, delivery: { ...design.delivery, partitioned: false } }),
  },
  {
    what: 'No trusted layer (infra/aws/trusted.ts): readings sent twice are there twice',
    applies: ({ trusted }) => trusted,
    turned: (design) => ({ ...design, trusted: false }),
  },
  {
    what: 'No dashboard (-c dashboard=off): the alarms stay',
    applies: ({ dashboards }) => dashboards > 0,
    turned: (design) => ({ ...design, dashboards: 0 }),
  },
  {
    what: 'A batch window of 5 s (-c batchWindowSeconds=5): alerts come up to 4 s later',
    applies: ({ mapping }) => mapping.windowSeconds < 5,
    turned: (design) => ({ ...design, mapping: { ...design.mapping, windowSeconds: 5 } }),
  },
  {
    what: 'Files every 5 minutes (-c deliveryBufferSeconds=300): history is that much older',
    applies: ({ delivery }) => delivery.bufferSeconds < 300,
    turned: (design) => ({ ...design, delivery: { ...design.delivery, bufferSeconds: 300 } }),
  },
];

/** Changes that would lower the bill, the largest saving first. */
export function turnsFor(design: Design, bill: Bill): Turn[] {
  const compare = (fleet: Fleet, other: Design = design) => bill.total - billOf(other, fleet).total;
  const turns = TURNS.filter(({ applies }) => applies(design)).map(({ what, turned }) => ({
    what,
    saves: compare(bill.fleet, turned(design)),
  }));
  if (!bill.fleet.packed) {
    turns.push({
      what: 'Pack the readings of a site into one record',
      saves: compare({ ...bill.fleet, packed: true }),
    });
  }
  const shorter = Math.round(bill.fleet.readingBytes * 0.8);
  turns.push({
    what: `Shorter readings: ${shorter} bytes instead of ${bill.fleet.readingBytes}`,
    saves: compare({ ...bill.fleet, readingBytes: shorter }),
  });
  return turns.filter(({ saves }) => saves > WORTH_SAYING * bill.total).sort((a, b) => b.saves - a.saves);
}

/** What a reader of the bill has to know before deploying. */
export function remarksOn(design: Design, { traffic, total }: Bill): string[] {
  const remarks: string[] = [];
  const { stream } = design;
  if (stream.mode === 'provisioned' && traffic.neededShards > stream.shards) {
    const n = traffic.neededShards;
    remarks.push(
      `The template has ${plural(stream.shards, 'shard')}; this fleet fills ${n}: -c shards=${n}. The bill counts ${n}.`,
    );
  }
  const fill = Math.round(fillOf(traffic) * 100);
  if (fill < 80) {
    remarks.push(
      `Records of ${Math.round(traffic.recordBytes)} bytes: Firehose rounds each up to 5 KB, and ${100 - fill} % of what it bills is air.`,
    );
  }
  const more = dearerPartitioning(design, traffic);
  if (more > WORTH_SAYING * total) {
    remarks.push(
      `Partitioning is counted by what Firehose delivers, which is Parquet. Were it billed by what comes in: ${Math.round(more)} dollars a month more.`,
    );
  }
  return remarks;
}
