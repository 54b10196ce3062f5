/**
 * Per-sample stepping: every row of a batch has its own steps and accept decisions.
 *
 * A row's solution is bit for bit the one it has alone, whatever its batch mates (torchode's independence; Lienen &
 * Günnemann 2022). Rows are integrated one after another, which suits engines whose calls cost little: on a GPU the
 * joint norm is the faster choice. Statistics are means over rows: what a row costs.
 */
import type { Tensor } from '../engines/engine.js';
import { UserError } from '../errors.js';
import { Integration } from './integration.js';
import type { SolveOutcome, SolveStatistics } from './outcome.js';
import { checkRequest, type SolveRequest } from './solve-request.js';
import type { Solution } from './solution.js';
import { Stepper, type StepperOptions } from './step.js';
import { TensorPool } from './tensor-pool.js';

export interface PerSampleSolution {
  /** Success, or the outcome of the first row that stopped early, which its advice names. */
  readonly outcome: SolveOutcome;
  /** Means over rows. */
  readonly statistics: SolveStatistics;
  /** rows × columns, as of a joint solve. */
  readonly y1: Tensor;
  /** At output time m: rows × columns; empty unless all rows succeeded. */
  readonly outputs: readonly Tensor[];
  /** Each row's own solution, of 1 × columns tensors. */
  readonly rows: readonly Solution[];
}

export class PerSampleSolver {
  /** Of one row. */
  readonly #options: StepperOptions;
  readonly #rows: number;
  readonly #stepper: Stepper;
  /** Of one row, and of the whole batch. */
  readonly #rowPool: TensorPool;
  readonly #batchPool: TensorPool;
  #busy = false;

  constructor(options: StepperOptions) {
    const { engine, columns } = options;
    this.#options = { ...options, rows: 1 };
    this.#rows = options.rows;
    this.#stepper = new Stepper(this.#options, { keepStates: false });
    this.#rowPool = new TensorPool(engine, 1, columns);
    this.#batchPool = new TensorPool(engine, options.rows, columns);
  }

  /**
   * Integrates every row from t0 to t1.
   * @returns tensors that stay valid until the next `solve` or `dispose` of this solver
   * @throws as `Solver.solve`
   */
  async solve(request: SolveRequest): Promise<PerSampleSolution> {
    checkRequest(request, this.#options.tableau, { ...this.#options, rows: this.#rows });
    if (request.keeper) {
      throw new UserError('usage', 'Steps of single rows are kept by their states: this keeper serves joint solves.', {
        hint: 'Set keepStates, and pull each row back with an adjoint of one row.',
      });
    }
    if (this.#busy) throw new Error('This solver is still solving: its tensors would be overwritten.');
    this.#busy = true;
    try {
      return await this.#solve(request);
    } finally {
      this.#busy = false;
    }
  }

  dispose(): void {
    this.#stepper.dispose();
    this.#rowPool.dispose();
    this.#batchPool.dispose();
  }

  async #solve(request: SolveRequest): Promise<PerSampleSolution> {
    const { engine } = this.#options;
    this.#rowPool.reset();
    this.#batchPool.reset();
    const y1 = this.#batchPool.take();
    const rows: Solution[] = [];
    for (let row = 0; row < y1.rows; row += 1) {
      const y0 = this.#rowPool.take();
      engine.copyRow(y0, 0, request.y0, row);
      const solution = await new Integration(this.#options, this.#stepper, this.#rowPool, { ...request, y0 }).run();
      engine.copyRow(y1, row, solution.y1, 0);
      rows.push(solution);
    }
    const outcome = outcomeOf(rows);
    const complete = outcome.state === 'success';
    const outputs = complete ? request.saveat.map((_, m) => this.#gather(rows, m)) : [];
    return { outcome, statistics: meanStatistics(rows), y1, outputs, rows };
  }

  /** Output m of every row as one tensor. */
  #gather(rows: readonly Solution[], m: number): Tensor {
    const output = this.#batchPool.take();
    for (const [row, { outputs }] of rows.entries()) this.#options.engine.copyRow(output, row, outputs[m], 0);
    return output;
  }
}

function outcomeOf(rows: readonly Solution[]): SolveOutcome {
  const stopped = rows.findIndex(({ outcome }) => outcome.state !== 'success');
  if (stopped < 0) return rows[0].outcome;
  const { outcome } = rows[stopped];
  return { ...outcome, advice: `Row ${stopped} of ${rows.length}: ${outcome.advice}` };
}

function meanStatistics(rows: readonly Solution[]): SolveStatistics {
  const mean = (of: (statistics: SolveStatistics) => number): number =>
    rows.reduce((sum, { statistics }) => sum + of(statistics), 0) / rows.length;
  return { nfe: mean(({ nfe }) => nfe), accepted: mean((s) => s.accepted), rejected: mean((s) => s.rejected) };
}
