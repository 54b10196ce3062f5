/**
 * Discrete adjoint with every step's state as a checkpoint: stages are computed again, each step is pulled back in
 * one sweep.
 *
 * Memory: one state a step (held by the solution) and the stages, activations and cotangents of one step.
 */
import type { Tensor } from '../engines/engine.js';
import type { StepperOptions } from '../ode/step.js';
import { checkAdjointRequest, type AdjointMemory, type AdjointRequest, type AdjointStatistics } from './adjoint.js';
import { DiscreteAdjoint } from './discrete.js';
import { StageReplay } from './stage-replay.js';
import type { StateSource } from './step-source.js';

/** All of them, from the solution. */
class AllStates implements StateSource {
  readonly evaluations = 0;
  states: readonly Tensor[] = [];

  get heldStates(): number {
    return Math.max(this.states.length - 1, 0);
  }

  begin(): void {
    // They were given just before.
  }

  ends(step: number): { readonly start: Tensor; readonly end: Tensor } {
    return { start: this.states[step], end: this.states[step + 1] };
  }
}

export class CheckpointAdjoint {
  readonly #states = new AllStates();
  readonly #replay: StageReplay;
  readonly #adjoint: DiscreteAdjoint;

  constructor(options: StepperOptions) {
    this.#replay = new StageReplay(options, this.#states);
    this.#adjoint = new DiscreteAdjoint(options, this.#replay);
  }

  /** What was held at a time, most, in the latest solve and its reverse. */
  get held(): AdjointMemory {
    return this.#replay.held;
  }

  /** Pulls the cotangents back through the whole grid. @throws Error if the request's parts do not fit */
  pullback(request: AdjointRequest): AdjointStatistics {
    checkAdjointRequest(request);
    this.#states.states = request.states;
    return this.#adjoint.pullback(request.grid, request);
  }

  dispose(): void {
    this.#replay.dispose();
    this.#adjoint.dispose();
  }
}
