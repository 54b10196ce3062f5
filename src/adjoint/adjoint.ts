/**
 * What an adjoint is asked for and gives back, whatever its mode.
 */
import { UserError } from '../errors.js';
import type { Awaitable, Tensor } from '../engines/engine.js';
import type { Grid } from '../ode/grid.js';
import type { SolveOutcome } from '../ode/outcome.js';
import type { SolveRequest } from '../ode/solve-request.js';
import type { Solution } from '../ode/solution.js';

/** What flows into the reverse of a solve, and where it goes to. */
export interface Cotangents {
  /** Tolerances of the forward solve: they scale E. */
  readonly atol: number;
  readonly rtol: number;
  /** Cotangents of the output states, in the order of `grid.outputs`; not changed. */
  readonly outputBars: readonly Tensor[];
  /** Cotangent of the end state beside the outputs; null for none. Not changed. */
  readonly y1Bar: Tensor | null;
  /** ∂loss/∂E_j and ∂loss/∂S_j for each accepted step; null for none. */
  readonly errorBars: Float64Array | null;
  readonly stiffnessBars: Float64Array | null;
  /** Overwritten with the cotangent of the initial state. */
  readonly y0Bar: Tensor;
}

export interface AdjointRequest extends Cotangents {
  readonly grid: Grid;
  /** States at the start of each step and at the end: `Solution.states` of a successful solve. */
  readonly states: readonly Tensor[];
}

export interface AdjointStatistics {
  /** Calls of f in the reverse pass. */
  readonly evaluations: number;
  readonly pullbacks: number;
}

/** What a mode held at a time, most, over the solve and its reverse. */
export interface AdjointMemory {
  /** States at step starts; the two ends of the step at hand come beside them in every mode. */
  readonly states: number;
  /** Stages k_i, with activations each; those of the solver itself come beside them in every mode. */
  readonly stages: number;
}

export interface AdjointResult extends AdjointStatistics {
  readonly held: AdjointMemory;
  /** Success unless a mode that integrates backwards could not: then the gradient is of no use. */
  readonly outcome: SolveOutcome;
}

/** An adjoint bound to one field, method and shape. Adds to the gradient of the parameters. */
export interface Adjoint {
  /** What the forward solve must keep for it: goes into its request. */
  readonly keep: Required<Pick<SolveRequest, 'keepStates' | 'keeper'>>;
  /**
   * @param solution the latest of its solver, solved with `keep`
   * @throws Error if it is not the latest, has other steps than were kept, or the cotangents do not fit it; UserError if
   * the solve did not succeed or the mode cannot carry cotangents of E or S
   */
  pullback(solution: Solution, cotangents: Cotangents): Awaitable<AdjointResult>;
  dispose(): void;
}

/**
 * @throws UserError unless the solve reached its end: a cotangent of any other end state has no place to start from;
 * Error if its solver has solved again since: its states are others now
 */
export function requirePullable({ outcome: { state }, isCurrent }: Solution): void {
  if (state !== 'success') {
    throw new UserError('usage', `A solve that ended with ${state} cannot be pulled back through.`, {
      hint: 'Look at the outcome first; after a terminal event solve again, up to its time.',
    });
  }
  if (!isCurrent()) throw new Error('The solution is not the latest of its solver: its states were overwritten.');
}

/** @throws Error if the parts of a request do not belong to one solve */
export function checkAdjointRequest({ grid, states, outputBars, errorBars, stiffnessBars }: AdjointRequest): void {
  checkCotangents(grid, { outputBars, errorBars, stiffnessBars });
  requireCount('states', grid.steps.length + 1, states.length);
}

/** @throws Error if there is not one for each output and step, or for an estimate that was not made */
export function checkCotangents(
  grid: Grid,
  { outputBars, errorBars, stiffnessBars }: Pick<Cotangents, 'outputBars' | 'errorBars' | 'stiffnessBars'>,
): void {
  const steps = grid.steps.length;
  requireCount('outputBars', grid.outputs.length, outputBars.length);
  requireCount('errorBars', steps, errorBars?.length ?? steps);
  requireCount('stiffnessBars', steps, stiffnessBars?.length ?? steps);
  if (stiffnessBars !== null && grid.steps.some(({ stiffness }) => stiffness === null)) {
    throw new Error('The adjoint has cotangents of stiffness estimates, but the solve was not asked for them.');
  }
}

function requireCount(name: string, expected: number, length: number): void {
  if (length !== expected) throw new Error(`The adjoint needs ${expected} ${name} for this grid, not ${length}.`);
}
