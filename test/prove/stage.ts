/** Where a scenario plays: a whole local pipeline in its own folder, its faults, and its devices. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StackOutputs } from '../../infra/cli/outputs.ts';
import { EventBus, type RuntimeEvent } from '../../infra/emulator/base/events.ts';
import type { Alarm } from '../../infra/emulator/cloudwatch/definition.ts';
import type { FaultInput } from '../../infra/emulator/faults/fault.ts';
import { createFaults, type Faults } from '../../infra/emulator/faults/faults.ts';
import { faultSchema } from '../../infra/emulator/registry.ts';
import { type CloudAssembly, loadAssembly } from '../../infra/emulator/stack/template.ts';
import { type Runtime, startRuntime } from '../../infra/local/runtime.ts';
import type { Alert } from '../../services/contract/alert.ts';
import { STACK_NAME } from '../../services/contract/stack.ts';
import { Random } from '../../simulator/random.ts';
import type { PackedRecord } from '../../simulator/wire.ts';
import { Ears, type Heard } from './ears.ts';
import { readBooks } from './ledger/ledger.ts';
import { type Expectation, reconcile, type Verdict } from './ledger/reconcile.ts';
import { type PipelineProcess, startProcess } from './process.ts';
import { openProducer, type Producer, type Site } from './producer.ts';
import { mountSmallDisk, type SmallDisk } from './small-disk.ts';

type Properties = Record<string, unknown>;
/** Properties of the template's resources that a scenario changes, by type: what they become, or made of what they are. */
export type Tuning = Record<string, Properties | ((properties: Properties) => Properties)>;

const DELIVERY_SECONDS = 1;
const PATIENCE_MS = 60_000;

export class Stage {
  /** A folder of its own. */
  readonly root = mkdtempSync(join(tmpdir(), 'streamwatch-prove-'));
  /** On another disk than the log of what was sent, where a scenario fills it. */
  readonly stateDir = join(this.root, 'state');
  readonly sendLog = join(this.root, 'sent.ndjson');
  readonly random: Random;
  readonly faults: Faults;
  /** What happened, in order. */
  readonly events: RuntimeEvent[] = [];
  outputs!: StackOutputs;
  readonly #ears = new Ears();
  #alarms: readonly Alarm[] = [];
  readonly #folder: string;
  #runtime: Runtime | undefined;
  #process: PipelineProcess | undefined;
  #producer: Producer | undefined;
  #disk: { remove(): void } | undefined;

  /** @param folder the cloud assembly */
  constructor(folder: string, seed: number) {
    this.#folder = folder;
    this.random = new Random(seed, 0);
    this.faults = createFaults({ random: () => this.random.unit() });
  }

  get runtime(): Runtime {
    if (!this.#runtime) throw new Error('The pipeline does not run');
    return this.#runtime;
  }

  get producer(): Producer {
    if (!this.#producer) throw new Error('The pipeline does not run');
    return this.#producer;
  }

  /** Puts the state on a real disk of its own, of so many MB. @throws NotHere where this user may mount none */
  putOnDisk(megabytes: number): SmallDisk {
    const disk = mountSmallDisk(this.stateDir, megabytes);
    this.#disk = disk;
    return disk;
  }

  /** What was said to be lost for good since the first start, in lines. */
  get linesSaidLost(): number {
    const said = this.events.flatMap((event) => (event.type === 'notice' && event.lost ? [event.lost] : []));
    const delivery = said.filter((text) => text.includes('delivered'));
    return delivery.reduce((sum, text) => sum + Number(text.split(' ')[0]?.replaceAll(',', '')), 0);
  }

  /** What IAM has denied to the pipeline: the template has to allow everything, whatever breaks. */
  get denied(): string[] {
    return this.events.flatMap((event) => (event.type === 'notice' && event.denied ? [event.denied] : []));
  }

  /**
   * Starts the pipeline, or starts it again on the state that it left.
   * @param options.shardLimits whether the stream throttles; most scenarios break something else
   */
  async start(tuning: Tuning = {}, { shardLimits = false } = {}): Promise<void> {
    const bus = new EventBus();
    bus.on('event', (event) => this.events.push(event));
    this.#ears.listen(bus);
    this.#runtime = await startRuntime({
      assembly: tuned(loadAssembly(this.#folder, STACK_NAME), tuning),
      ...{ stateDir: this.stateDir, port: 0, bus, version: 'prove', deliverySeconds: DELIVERY_SECONDS },
      ...{ faults: this.faults, shardLimits },
    });
    this.outputs = this.#runtime.outputs;
    this.#alarms = this.#runtime.alarms().map(({ alarm }) => alarm);
    this.#producer = openProducer(this.outputs, this.sendLog);
  }

  /**
   * Starts the pipeline as `npm start` does, in its own process that can be killed; or starts it again.
   * @param preload modules that the process loads first
   */
  async startProcess(...preload: string[]): Promise<PipelineProcess> {
    const port = this.#process?.port;
    this.#process = await startProcess({ dir: this.stateDir, assembly: this.#folder, port, preload });
    this.outputs = this.#process.outputs;
    // A real gateway also has a client that outlives the process.
    this.#producer ??= openProducer(this.outputs, this.sendLog);
    return this.#process;
  }

  /** Rejects with its last words when the process ends by itself. */
  get processEnded(): Promise<never> {
    return this.#process?.ended ?? new Promise(() => {});
  }

  /** SIGKILL: nothing is flushed, and nothing is announced. */
  async killProcess(): Promise<void> {
    await this.#process?.kill();
  }

  /** After a kill: what follows runs in this process, on what the other has left. */
  restartHere(): void {
    this.#producer?.close();
    this.#producer = undefined;
    this.#process = undefined;
  }

  /** Sends what the devices of these sites now measure; resolves when the stream has it. */
  async send(sites: Site | readonly Site[], temperatures: readonly number[]): Promise<void> {
    const list = Array.isArray(sites) ? (sites as readonly Site[]) : [sites as Site];
    await this.producer.send(list.map((site) => ({ siteId: site.id, lines: site.lines(temperatures) })));
  }

  /** Sends records as they are. */
  async forward(records: readonly PackedRecord[]): Promise<void> {
    await this.producer.send(records.map(({ siteId, text }) => ({ siteId, lines: text.split('\n') })));
  }

  break(fault: FaultInput) {
    return this.faults.add(faultSchema.parse(fault));
  }

  /** The folder that is a bucket. */
  folderOf(bucket: string): string {
    return join(this.stateDir, 's3', bucket);
  }

  /** Waits for a condition; the error says what it waited for. */
  async until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
    const endMs = Date.now() + PATIENCE_MS;
    while (!(await condition())) {
      if (Date.now() > endMs) throw new Error(`Waited ${PATIENCE_MS / 1000} s in vain until ${what}`);
      await sleep(25);
    }
  }

  /** Waits until this many incidents were published as firing, or resolved; a repeat counts once. */
  async published(status: 'firing' | 'resolved', count: number): Promise<void> {
    await this.until(`${count} are ${status}`, async () => {
      const of = (await this.alerts()).filter((alert) => alert.status === status);
      return new Set(of.map((alert) => alert.notification_id)).size >= count;
    });
  }

  /** What was published so far. Of a pipeline in this process without its port, as it is asked again and again. */
  async alerts(): Promise<Alert[]> {
    if (this.#runtime) return this.#runtime.alerts();
    const answer = await fetch(`${this.outputs.Endpoint}/api/alerts`);
    return (await answer.json()) as Alert[];
  }

  /** Waits until this many mails have arrived. */
  async mails(count: number): Promise<void> {
    await this.until(`${count} mails have come`, () => this.runtime.counts().mails >= count);
  }

  /** Drains and stops the pipeline. */
  async stop(): Promise<void> {
    this.#producer?.close();
    await this.#runtime?.close();
    this.#ears.stop();
    await this.#process?.stop();
    this.#process = undefined;
    this.#producer = undefined;
    this.#runtime = undefined;
  }

  /** Alarms that rang while the pipeline ran in this process. */
  heard(): Heard[] {
    return this.#ears.heard(this.#alarms);
  }

  async verdict(expectation: Expectation): Promise<Verdict> {
    const { LakeBucketName: lakeBucket, FailureBucketName: failureBucket } = this.outputs;
    const { stateDir, sendLog } = this;
    return reconcile(await readBooks({ stateDir, sendLog, lakeBucket, failureBucket }), expectation);
  }

  async tearDown(): Promise<void> {
    await this.stop().catch(() => undefined);
    this.#disk?.remove();
    rmSync(this.root, { recursive: true, force: true });
  }
}

function tuned(assembly: CloudAssembly, tuning: Tuning): CloudAssembly {
  const template = structuredClone(assembly.template);
  for (const resource of Object.values(template.Resources)) {
    const change = tuning[resource.Type];
    Object.assign(resource.Properties, typeof change === 'function' ? change(resource.Properties) : change);
  }
  return { ...assembly, template };
}
