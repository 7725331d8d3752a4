/** Plays one scenario on its own stage, and asks the ledger. */
import { type Heard, missedAlarms } from './ears.ts';
import type { Figures } from './ledger/reconcile.ts';
import type { Scenario } from './scenario.ts';
import { NotHere } from './small-disk.ts';
import { Stage } from './stage.ts';

export interface Outcome {
  name: string;
  title: string;
  /** Missing if the scenario itself could not be played. */
  figures?: Figures;
  /** Alarms that rang, expected or not. */
  alarms?: Heard[];
  /** Why it could not be played on this machine. */
  notHere?: string;
  /** What is wrong; empty when the promise held. */
  findings: string[];
  seconds: number;
}

/** @param assembly folder of the cloud assembly */
export async function prove(scenario: Scenario, assembly: string, seed: number): Promise<Outcome> {
  const { name, title } = scenario;
  const startMs = performance.now();
  const seconds = () => (performance.now() - startMs) / 1000;
  const stage = new Stage(assembly, seed);
  try {
    const expectation = await scenario.play(stage);
    await stage.stop();
    const { figures, findings } = await stage.verdict(expectation);
    const alarms = stage.heard();
    const missed = missedAlarms(scenario.rings ?? [], alarms);
    const denied = stage.denied.map((text) => `IAM denied ${text}`);
    return {
      ...{ name, title, figures, alarms, seconds: seconds() },
      findings: [...findings, ...missed, ...denied],
    };
  } catch (error) {
    if (error instanceof NotHere) {
      return { name, title, notHere: error.message, findings: [], seconds: seconds() };
    }
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { name, title, findings: [`The scenario could not be played: ${text}`], seconds: seconds() };
  } finally {
    await stage.tearDown();
  }
}
