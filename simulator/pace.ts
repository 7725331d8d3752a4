/**
 * The speed of the fleet. Everything is planned in *nominal* time, in which each device reads once per interval; a ramp
 * or a burst only changes how fast nominal time passes. So the values of a run do not depend on its pace.
 */

/** A factor on the fleet's rate, constant until `untilMs` (wall time from the start of the run). */
export interface PaceStep {
  factor: number;
  untilMs: number;
}

/** The factor at a moment, and until when it applies. */
export type PacePlan = (wallMs: number) => PaceStep;

export const steadyPlan: PacePlan = () => ({ factor: 1, untilMs: Number.POSITIVE_INFINITY });

/** Steps of equal length, such as 10 %, 25 %, 50 %, 100 % for 30 s each; the last one has no end. */
export function rampPlan(factors: readonly number[], stepMs: number): PacePlan {
  return (wallMs) => {
    const index = Math.min(factors.length - 1, Math.floor(wallMs / stepMs));
    const last = index === factors.length - 1;
    return {
      factor: factors[index] as number,
      untilMs: last ? Number.POSITIVE_INFINITY : (index + 1) * stepMs,
    };
  };
}

/** `factor` times the rate in the last `lengthMs` of every `periodMs`. */
export function burstPlan(factor: number, lengthMs: number, periodMs: number): PacePlan {
  return (wallMs) => {
    const period = Math.floor(wallMs / periodMs);
    const begin = (period + 1) * periodMs - lengthMs;
    return wallMs < begin ? { factor: 1, untilMs: begin } : { factor, untilMs: begin + lengthMs };
  };
}

/** Combines both. */
export const multiplyPlans =
  (one: PacePlan, other: PacePlan): PacePlan =>
  (wallMs) => {
    const [a, b] = [one(wallMs), other(wallMs)];
    return { factor: a.factor * b.factor, untilMs: Math.min(a.untilMs, b.untilMs) };
  };

/** Converts between the two times. The arguments of each conversion must never decrease. */
export class Pace {
  private readonly plan: PacePlan;
  private step: PaceStep;
  /** Where the current step began, in both times. */
  private wallMs = 0;
  private nominalMs = 0;

  constructor(plan: PacePlan) {
    this.plan = plan;
    this.step = plan(0);
  }

  /** Wall time of a nominal moment; both in ms from the start of the run. */
  toWall(nominalMs: number): number {
    for (;;) {
      const wallMs = this.wallMs + (nominalMs - this.nominalMs) / this.step.factor;
      if (wallMs < this.step.untilMs) return wallMs;
      this.nextStep();
    }
  }

  /** Nominal time that has passed at a moment of wall time. */
  toNominal(wallMs: number): number {
    while (wallMs >= this.step.untilMs) this.nextStep();
    return this.nominalMs + (wallMs - this.wallMs) * this.step.factor;
  }

  private nextStep(): void {
    this.nominalMs += (this.step.untilMs - this.wallMs) * this.step.factor;
    this.wallMs = this.step.untilMs;
    this.step = this.plan(this.wallMs);
  }
}
