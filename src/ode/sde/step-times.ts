/**
 * The times at which steps of a stochastic solve may end: the planned end of the next step, and the times on which a
 * step must land.
 */
import { landingWidth, reaches } from '../solve-request.js';
import type { SdeSolveRequest } from './solve-request.js';
import { dyadicEnd } from './step-end.js';

export interface StepEnd {
  readonly end: number;
  /** The step ends at an output time or t1 and may be shorter than planned. */
  readonly lands: boolean;
}

export class StepTimes {
  readonly #request: SdeSolveRequest;
  readonly #landing: number;
  /** Times to land on that lie ahead, the next first; t1 is the last. */
  readonly #targets: number[];
  /** The next multiple of a constant step. */
  #multiple = 1;

  constructor(request: SdeSolveRequest) {
    const { t0, t1, saveat, outputRule, path } = request;
    this.#request = request;
    this.#landing = landingWidth(path);
    const inner = outputRule === 'step' ? saveat.filter((time) => time - t0 > this.#landing) : [];
    this.#targets = [...inner.filter((time) => t1 - time > this.#landing), t1];
  }

  /** @param proposal length of an adaptive step that the controller would take */
  next(t: number, proposal: number): StepEnd {
    const { controller, path, t0 } = this.#request;
    // Output times nearer to each other than rounding are one.
    while (this.#targets.length > 1 && this.#targets[0] - t <= this.#landing) this.#targets.shift();
    const [target] = this.#targets;
    if (controller === 'pi') {
      const lands = reaches(t + proposal - target, proposal, this.#landing);
      return { end: lands ? target : dyadicEnd(t, proposal, path), lands };
    }
    // Products, not sums: no rounding accumulates, and a step cut at an output time is completed by the next.
    let end = t0 + this.#multiple * controller.dt;
    while (end - t <= this.#landing && end < target) {
      this.#multiple += 1;
      end = t0 + this.#multiple * controller.dt;
    }
    const lands = end - target >= -this.#landing;
    return { end: lands ? target : end, lands };
  }
}
