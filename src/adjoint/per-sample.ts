/**
 * Adjoint of per-sample stepping: every row is pulled back through its own grid, with the checkpoint adjoint.
 *
 * A row's cotangent is bit for bit the one it has alone; the gradient of the parameters is the sum over rows, in their
 * order. Memory: the states of all rows (held by the solutions) and one row's stages. Rows go one after another, as in
 * the forward solve (`ode/per-sample.ts`).
 */
import type { Engine, Tensor } from '../engines/engine.js';
import type { Solution } from '../ode/solution.js';
import type { StepperOptions } from '../ode/step.js';
import { requirePullable, type AdjointStatistics, type Cotangents } from './adjoint.js';
import { CheckpointAdjoint } from './checkpoint.js';

/** Tensors are rows × columns, as of a joint solve; estimates have their cotangents row by row. */
export interface PerSampleCotangents extends Omit<Cotangents, 'errorBars' | 'stiffnessBars'> {
  /** For each row ∂loss/∂E_j and ∂loss/∂S_j of its accepted steps; null for none. */
  readonly errorBars: readonly Float64Array[] | null;
  readonly stiffnessBars: readonly Float64Array[] | null;
}

export class PerSampleAdjoint {
  readonly #engine: Engine;
  readonly #rows: number;
  readonly #columns: number;
  readonly #adjoint: CheckpointAdjoint;
  /** Of the row at hand. */
  readonly #y0Bar: Tensor;
  readonly #y1Bar: Tensor;
  /** One for each output time, as many as were met. */
  readonly #outputBars: Tensor[] = [];

  /** @param options of the batch: `rows` is how many solves there are */
  constructor(options: StepperOptions) {
    const { engine, rows, columns } = options;
    this.#engine = engine;
    this.#rows = rows;
    this.#columns = columns;
    this.#adjoint = new CheckpointAdjoint({ ...options, rows: 1 });
    this.#y0Bar = engine.allocate(1, columns);
    this.#y1Bar = engine.allocate(1, columns);
  }

  /**
   * Adds to the gradient of the parameters.
   * @param solutions `PerSampleSolution.rows`, solved with `keepStates`
   * @returns means over rows, like the statistics of the solve
   * @throws Error if a row did not succeed or kept no states, or the cotangents do not fit
   */
  pullback(solutions: readonly Solution[], cotangents: PerSampleCotangents): AdjointStatistics {
    const engine = this.#engine;
    const { outputBars, y1Bar, y0Bar, errorBars, stiffnessBars } = cotangents;
    for (const rows of [solutions, errorBars ?? solutions, stiffnessBars ?? solutions]) {
      if (rows.length !== this.#rows) {
        throw new Error(`The adjoint of ${this.#rows} rows was given solutions or cotangents of ${rows.length}.`);
      }
    }
    while (this.#outputBars.length < outputBars.length) this.#outputBars.push(engine.allocate(1, this.#columns));
    const bars = this.#outputBars.slice(0, outputBars.length);
    let evaluations = 0;
    let pullbacks = 0;
    for (const [row, solution] of solutions.entries()) {
      requirePullable(solution);
      const { grid, states } = solution;
      if (states === null) throw new Error(`Row ${row} was solved without keeping its states.`);
      bars.forEach((bar, m) => engine.copyRow(bar, 0, outputBars[m], row));
      if (y1Bar !== null) engine.copyRow(this.#y1Bar, 0, y1Bar, row);
      const statistics = this.#adjoint.pullback({
        ...cotangents,
        grid,
        states,
        outputBars: bars,
        y1Bar: y1Bar && this.#y1Bar,
        errorBars: errorBars?.[row] ?? null,
        stiffnessBars: stiffnessBars?.[row] ?? null,
        y0Bar: this.#y0Bar,
      });
      engine.copyRow(y0Bar, row, this.#y0Bar, 0);
      evaluations += statistics.evaluations;
      pullbacks += statistics.pullbacks;
    }
    return { evaluations: evaluations / this.#rows, pullbacks: pullbacks / this.#rows };
  }

  dispose(): void {
    this.#adjoint.dispose();
    for (const tensor of [this.#y0Bar, this.#y1Bar, ...this.#outputBars]) this.#engine.free(tensor);
  }
}
