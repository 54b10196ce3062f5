/**
 * Newton's method for g = y + γ f(t, g), rows of a batch apart, Jacobian-free.
 *
 * Source: Dembo, Eisenstat & Steihaug 1982 (inexact Newton); Eisenstat & Walker 1996, choice 2 (how exactly to
 * solve); Hairer & Wanner II, IV.8 (the error left is at most Θ/(1 − Θ) of the latest update, Θ the ratio of the
 * latest two). The systems (I − γ f_y) δ = y + γ f(g) − g are solved by GMRES on Jacobian–vector products.
 *
 * Each row stops by its own numbers and is left alone from then on: its g does not depend on its batch mates.
 * No line search: on nets with random weights, halving updates until the residual falls led as often into a dead end as
 * out of one. An iteration that does not converge from g = y is reported, not rescued.
 */
import type { Activations, Engine, Tensor } from '../../engines/engine.js';
import type { VectorField } from '../vector-field.js';
import type { NewtonSettings, StageResult } from './nonlinear.js';
import { dotRow, RowGmres } from './row-gmres.js';
import { stepMatrix } from './step-matrix.js';

export interface NewtonOptions {
  readonly engine: Engine;
  readonly field: VectorField;
  readonly rows: number;
  readonly columns: number;
}

/** The equation of one step: g = y + gamma f(t, g). */
export interface StageEquation {
  readonly t: number;
  readonly gamma: number;
  readonly y: Tensor;
  /** Overwritten with the solution. */
  readonly g: Tensor;
}

/** Largest share of the residual that a linear solve may leave. */
const LARGEST_FORCING = 0.1;

/** Unit round-off of f32 and f64 entries, twice over. */
const EPSILONS = { f32: 2 ** -23, f64: 2 ** -52 } as const;

export class Newton {
  readonly #engine: Engine;
  readonly #field: VectorField;
  readonly #rows: number;
  readonly #columns: number;
  readonly #epsilon: number;
  readonly #gmres: RowGmres;
  readonly #activations: Activations;
  readonly #derivative: Tensor;
  readonly #direction: Tensor;
  readonly #product: Tensor;
  /** g as the engine holds it, rounded to its dtype. */
  readonly #state: Float32Array | Float64Array;
  /** y + γ f(g) − g, and the update. */
  readonly #residual: Float64Array;
  readonly #update: Float64Array;
  readonly #linearTolerances: Float64Array;
  /** By row: sizes of the latest residual and update; NaN before the first. */
  readonly #residuals: Float64Array;
  readonly #updates: Float64Array;
  readonly #open: Uint8Array;

  constructor({ engine, field, rows, columns }: NewtonOptions) {
    const entries = rows * columns;
    this.#engine = engine;
    this.#field = field;
    this.#rows = rows;
    this.#columns = columns;
    this.#epsilon = EPSILONS[engine.dtype];
    this.#gmres = new RowGmres(rows, columns);
    this.#activations = field.createActivations(rows);
    this.#derivative = engine.allocate(rows, columns);
    this.#direction = engine.allocate(rows, columns);
    this.#product = engine.allocate(rows, columns);
    this.#state = engine.dtype === 'f32' ? new Float32Array(entries) : new Float64Array(entries);
    this.#residual = new Float64Array(entries);
    this.#update = new Float64Array(entries);
    this.#linearTolerances = new Float64Array(rows);
    this.#residuals = new Float64Array(rows);
    this.#updates = new Float64Array(rows);
    this.#open = new Uint8Array(rows);
  }

  async solve(equation: StageEquation, settings: Required<Omit<NewtonSettings, 'kind'>>): Promise<StageResult> {
    const { t, gamma, y, g } = equation;
    const engine = this.#engine;
    const reading = engine.read(y);
    const start = reading instanceof Promise ? await reading : reading;
    this.#state.set(start);
    this.#open.fill(1);
    this.#residuals.fill(NaN);
    this.#updates.fill(NaN);
    const matrix = stepMatrix(gamma, {
      engine,
      vector: this.#direction,
      product: this.#product,
      apply: () =>
        this.#field.pushforward(t, g, this.#derivative, this.#activations, 0, this.#direction, this.#product),
    });
    let products = 0;
    const conclude = (state: StageResult['state'], iterations: number): StageResult => ({
      state,
      evaluations: iterations,
      newtonIterations: iterations,
      products,
      unrollingError: 0,
    });
    for (let iteration = 1; iteration <= settings.maxIterations; iteration += 1) {
      engine.write(g, this.#state);
      this.#field.evaluate(t, g, this.#derivative, this.#activations);
      const pending = engine.read(this.#derivative);
      const derivative = pending instanceof Promise ? await pending : pending;
      const finite = this.#formResiduals(gamma, start, derivative);
      if (!finite) return conclude(iteration === 1 ? 'non_finite' : 'newton_failed', iteration);
      if (this.#open.includes(1)) {
        const linear = await this.#gmres.solve(matrix, this.#residual, this.#linearTolerances, this.#update);
        products += linear.products;
        this.#takeUpdates(settings.tolerance, linear.residuals);
      }
      if (!this.#open.includes(1)) {
        engine.write(g, this.#state);
        return conclude('solved', iteration);
      }
    }
    return conclude('newton_failed', settings.maxIterations);
  }

  dispose(): void {
    this.#activations.dispose();
    for (const tensor of [this.#derivative, this.#direction, this.#product]) this.#engine.free(tensor);
  }

  /**
   * Residuals of open rows (0 of the others) and how exactly to solve for them; closes rows whose residual is
   * rounding. @returns false if a residual is not finite
   */
  #formResiduals(gamma: number, start: Float64Array, derivative: Float64Array): boolean {
    const columns = this.#columns;
    const residual = this.#residual;
    for (let row = 0; row < this.#rows; row += 1) {
      const at = row * columns;
      if (this.#open[row] === 0) {
        residual.fill(0, at, at + columns);
        continue;
      }
      let terms = 0;
      for (let i = at; i < at + columns; i += 1) {
        const change = gamma * derivative[i];
        residual[i] = start[i] + change - this.#state[i];
        terms += start[i] ** 2 + change ** 2 + this.#state[i] ** 2;
      }
      const size = Math.sqrt(dotRow(residual, residual, at, columns));
      if (!Number.isFinite(size)) return false;
      if (size <= this.#epsilon * Math.sqrt(terms)) {
        this.#open[row] = 0;
        residual.fill(0, at, at + columns);
        continue;
      }
      const ratio = size / this.#residuals[row];
      const forcing = Number.isNaN(ratio) ? LARGEST_FORCING : Math.min(LARGEST_FORCING, 0.9 * ratio * ratio);
      this.#linearTolerances[row] = Math.max(forcing, this.#epsilon) * size;
      this.#residuals[row] = size;
    }
    return true;
  }

  /**
   * Adds the updates and closes rows that have converged.
   * @param left what the linear solves left of the residuals: where that is most of it, as of a singular matrix, a
   * small update says nothing
   */
  #takeUpdates(tolerance: number, left: Float64Array): void {
    const columns = this.#columns;
    const resolvable = Math.max(tolerance, 16 * this.#epsilon);
    for (let row = 0; row < this.#rows; row += 1) {
      if (this.#open[row] === 0) continue;
      let sum = 0;
      for (let i = row * columns; i < (row + 1) * columns; i += 1) {
        sum += (this.#update[i] / (1 + Math.abs(this.#state[i]))) ** 2;
        this.#state[i] += this.#update[i];
      }
      const size = Math.sqrt(sum / columns);
      const ratio = size / this.#updates[row];
      const error = ratio < 1 ? Math.min(size, (size * ratio) / (1 - ratio)) : size;
      if (error <= resolvable && left[row] <= LARGEST_FORCING * this.#residuals[row]) this.#open[row] = 0;
      this.#updates[row] = size;
    }
  }
}
