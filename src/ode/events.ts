/**
 * Event location: zeros of g(t, y(t)) along the dense output of accepted steps.
 *
 * Source: Hairer, Nørsett & Wanner I, II.6 (dense output); the root by regula falsi, halving every third time.
 * Known limit: a step in which g changes sign twice shows none; a g that is 0 at t0 counts from where it leaves 0.
 */
import type { Awaitable } from '../engines/engine.js';

export interface SolveEvent {
  /** @param y rows × columns entries, row-major; must not be changed */
  readonly value: (t: number, y: Float64Array) => number;
  /** Which changes of sign count: rising (1), falling (−1), both (absent). In the direction of integration. */
  readonly direction?: 1 | -1;
  /** The solve ends there. */
  readonly terminal: boolean;
}

/** A sign change inside the latest step. */
export interface Crossing {
  /** Index of the event. */
  readonly event: number;
  /** Position within the step, in (0, 1]. */
  readonly theta: number;
}

/** What a watcher sees of a step. */
export interface StepView {
  readonly t: number;
  readonly h: number;
  /** State at t + theta·h on the host. */
  readonly stateAt: (theta: number) => Awaitable<Float64Array>;
}

/** Two thirds secants, one third halvings: enough of them for any position to double precision. */
const MOST_ITERATIONS = 180;

export class EventWatcher {
  readonly #events: readonly SolveEvent[];
  /** Values of g at the end of the latest step. */
  #before: number[];

  constructor(events: readonly SolveEvent[], t0: number, y0: Float64Array) {
    this.#events = events;
    this.#before = events.map(({ value }) => value(t0, y0));
  }

  /** Crossings of the step, by position; none after the first terminal one. */
  async cross(step: StepView): Promise<readonly Crossing[]> {
    const end = await step.stateAt(1);
    const after = this.#events.map(({ value }) => value(step.t + step.h, end));
    const crossings: Crossing[] = [];
    for (const [event, { direction }] of this.#events.entries()) {
      const [left, right] = [this.#before[event], after[event]];
      const changed =
        left !== 0 && (right === 0 || left < 0 !== right < 0) && !Number.isNaN(left) && !Number.isNaN(right);
      if (!changed || (direction !== undefined && left < 0 !== direction > 0)) continue;
      crossings.push({ event, theta: await this.#locate(event, step, left, right) });
    }
    // What passes through 0 exactly at a step's end has crossed: the next step must not count it again.
    this.#before = after;
    crossings.sort((a, b) => a.theta - b.theta);
    const terminal = crossings.findIndex(({ event }) => this.#events[event].terminal);
    return terminal < 0 ? crossings : crossings.slice(0, terminal + 1);
  }

  /** Root of g in [0, 1] between values of opposite sign: secant steps, halved where they would not help. */
  async #locate(event: number, { t, h, stateAt }: StepView, left: number, right: number): Promise<number> {
    const { value } = this.#events[event];
    let [a, b] = [0, 1];
    let [valueA, valueB] = [left, right];
    for (let iteration = 0; iteration < MOST_ITERATIONS && valueB !== 0; iteration += 1) {
      const width = b - a;
      if (Math.abs(width) <= 2 * Number.EPSILON * Math.max(a, b)) break;
      const secant = b - (valueB * width) / (valueB - valueA);
      const middle = a + width / 2;
      // Every third step halves for certain, so that a curved g cannot stall the secant.
      const useSecant = iteration % 3 !== 2 && (secant - a) * (secant - b) < 0;
      const theta = useSecant ? secant : middle;
      if (theta === a || theta === b) break;
      const at = value(t + theta * h, await stateAt(theta));
      if (at === 0) return theta;
      if (at < 0 === valueA < 0) [a, valueA] = [theta, at];
      else [b, valueB] = [theta, at];
    }
    return b;
  }
}
