/**
 * Cotangents of output states, sorted by the step that gives them.
 */
import type { Tensor } from '../engines/engine.js';
import type { OutputsInside } from '../engines/fused-steps.js';
import type { ClosedTableau } from '../ode/closed-tableau.js';
import type { Grid, OutputPoint } from '../ode/grid.js';
import { interpolationWeights } from '../ode/interpolation.js';

export interface OutputCotangents extends OutputsInside {
  /** Of outputs at the step's end itself. */
  readonly atEnd: readonly Tensor[];
}

const noOutputs: OutputCotangents = { inside: [], weights: [], atEnd: [] };

/** Gives them out step by step, from the last to the first. */
export class OutputsByStep {
  readonly #outputs: readonly OutputPoint[];
  readonly #bars: readonly Tensor[];
  readonly #tableau: ClosedTableau;
  /** How many are left. */
  #left: number;

  constructor({ outputs }: Pick<Grid, 'outputs'>, outputBars: readonly Tensor[], tableau: ClosedTableau) {
    this.#outputs = outputs;
    this.#bars = outputBars;
    this.#tableau = tableau;
    this.#left = outputs.length;
  }

  /** Of a step, after those of all later steps. */
  of(step: number): OutputCotangents {
    let first = this.#left;
    while (first > 0 && this.#outputs[first - 1].step === step) first -= 1;
    if (first === this.#left) return noOutputs;
    const inside: Tensor[] = [];
    const weights: (readonly number[])[] = [];
    const atEnd: Tensor[] = [];
    for (let m = first; m < this.#left; m += 1) {
      const { theta } = this.#outputs[m];
      if (step < 0 || theta >= 1) atEnd.push(this.#bars[m]);
      else {
        inside.push(this.#bars[m]);
        weights.push(interpolationWeights(this.#tableau, theta));
      }
    }
    this.#left = first;
    return { inside, weights, atEnd };
  }

  /** Of outputs at t0, when the first step was given out. @throws Error if there are others left */
  atStart(): readonly Tensor[] {
    const { atEnd } = this.of(-1);
    if (this.#left > 0) throw new Error('The outputs of a grid must be in the order of its steps.');
    return atEnd;
  }
}
