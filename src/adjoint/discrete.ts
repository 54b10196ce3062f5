/**
 * Discrete adjoint: the reverse of the steps that were taken, on their frozen grid, from the last to the first.
 *
 * The grid is exact, so is the gradient: that of the numbers the solver computed, whatever the tolerance. The sums
 * are made in one order whatever the source of the steps, so on one engine every source gives the same bits.
 */
import type { Grid } from '../ode/grid.js';
import type { StepperOptions } from '../ode/step.js';
import { checkCotangents, type AdjointStatistics, type Cotangents } from './adjoint.js';
import { OutputsByStep } from './output-cotangents.js';
import { StepPullback, type TakenStep } from './step-pullback.js';
import type { StepSource } from './step-source.js';

export class DiscreteAdjoint {
  readonly #source: StepSource;
  readonly #steps: StepPullback;

  constructor(options: StepperOptions, source: StepSource) {
    this.#source = source;
    this.#steps = new StepPullback(options);
  }

  /** Adds to the gradient of the parameters. @throws Error if the cotangents do not fit the grid */
  pullback(grid: Grid, cotangents: Cotangents): AdjointStatistics {
    checkCotangents(grid, cotangents);
    const { outputBars, y1Bar, y0Bar, errorBars, stiffnessBars } = cotangents;
    const outputs = new OutputsByStep(grid, outputBars, this.#steps.tableau);
    this.#source.begin(grid);
    this.#steps.begin(y1Bar);
    let taken: TakenStep | null = null;
    for (let j = grid.steps.length - 1; j >= 0; j -= 1) {
      const errorBar = errorBars?.[j] ?? 0;
      const stiffnessBar = stiffnessBars?.[j] ?? 0;
      const inStep = outputs.of(j);
      const isFinal = j === grid.steps.length - 1;
      const endStage = isFinal ? this.#steps.finalEndStage(errorBar, stiffnessBar, inStep) : 'shared';
      taken = this.#source.recall(j, endStage);
      const { start, end, slots } = taken;
      // Written out: spreading two objects a step costs as much as a small net's pullback.
      const all = { start, end, slots, step: grid.steps[j], endStage, errorBar, stiffnessBar, outputs: inStep };
      this.#steps.pullbackStep(all, cotangents);
    }
    this.#steps.finish(taken && { ...taken, t: grid.steps[0].t }, outputs.atStart(), y0Bar);
    return { evaluations: this.#source.evaluations, pullbacks: this.#steps.pullbacks };
  }

  dispose(): void {
    this.#steps.dispose();
  }
}
