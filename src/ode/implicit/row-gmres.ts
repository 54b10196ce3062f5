/**
 * Restarted GMRES for many small systems at once, one for each row of a batch.
 *
 * Source: Saad & Schultz 1986; Arnoldi by modified Gram–Schmidt, least squares by Givens rotations.
 *
 * A vector field maps rows independently, so the Jacobian of the batch is block diagonal. Each row has a Krylov
 * space of its own (inner products within the row), while one product serves all rows: no more than `columns` products
 * solve any batch exactly, where one space for the whole batch must resolve the spectra of all rows together. A row
 * that is done leaves zeros in the product and is not touched again: its solution does not depend on its batch mates.
 *
 * Vectors live on the host in doubles, whatever the engine's dtype: inner products by rows have no engine operation.
 * Limits: one transfer each way for each product; no preconditioner; spaces of up to 64 vectors.
 */
import type { Awaitable } from '../../engines/engine.js';

/** Overwrites `images` with A · `vectors`, both rows × columns, row-major. */
export type RowwiseMap = (vectors: Float64Array, images: Float64Array) => Awaitable<void>;

export interface LinearResult {
  /** Products with A. */
  readonly products: number;
  /** Largest ‖b − A x‖ / ‖b‖ over the rows, as the rotations estimate it; NaN if a row is not finite. */
  readonly residual: number;
  /** ‖b − A x‖ by row; valid until the next solve. */
  readonly residuals: Float64Array;
}

const LARGEST_SPACE = 64;
const MOST_CYCLES = 8;
/** A cycle that leaves more than this share of a row's residual is that row's last. */
const STAGNATION = 0.5;

export class RowGmres {
  readonly #rows: number;
  readonly #columns: number;
  readonly #restart: number;
  /** Krylov vectors, made when first needed. */
  readonly #basis: Float64Array[] = [];
  /** Columns of the triangular factors: column j holds j + 1 entries for each row. */
  readonly #triangle: Float64Array[] = [];
  readonly #cosines: Float64Array[] = [];
  readonly #sines: Float64Array[] = [];
  /** Rotated right sides: entry j of each row. */
  readonly #rotated: Float64Array[] = [];
  readonly #image: Float64Array;
  /** ‖residual‖ by row: now, and where the cycle began. */
  readonly #residuals: Float64Array;
  readonly #starts: Float64Array;
  /** How many vectors of this cycle each row uses. */
  readonly #used: Int32Array;
  /** Largest ‖A v‖ of a unit vector so far: at most ‖A‖. */
  readonly #norms: Float64Array;
  readonly #open: Uint8Array;

  constructor(rows: number, columns: number) {
    this.#rows = rows;
    this.#columns = columns;
    this.#restart = Math.min(columns, LARGEST_SPACE);
    this.#image = new Float64Array(rows * columns);
    this.#residuals = new Float64Array(rows);
    this.#starts = new Float64Array(rows);
    this.#used = new Int32Array(rows);
    this.#norms = new Float64Array(rows);
    this.#open = new Uint8Array(rows);
  }

  /**
   * Solves A x = b from x = 0, each row until ‖b − A x‖ ≤ its tolerance; a row whose b is 0 stays 0.
   * @param tolerances absolute, one for each row @param x overwritten, not b
   */
  async solve(apply: RowwiseMap, b: Float64Array, tolerances: Float64Array, x: Float64Array): Promise<LinearResult> {
    const image = this.#image;
    x.fill(0);
    this.#open.fill(1);
    this.#norms.fill(0);
    this.#starts.fill(Infinity);
    let products = 0;
    for (let cycle = 0; cycle < MOST_CYCLES; cycle += 1) {
      const start = this.#vector(this.#basis, 0, this.#rows * this.#columns);
      if (cycle === 0) start.set(b);
      else {
        const pending = apply(x, image);
        if (pending instanceof Promise) await pending;
        products += 1;
        for (let i = 0; i < b.length; i += 1) start[i] = b[i] - image[i];
      }
      this.#begin(start, tolerances, x);
      for (let j = 0; j < this.#restart && this.#open.includes(1); j += 1) {
        const pending = apply(this.#basis[j], image);
        if (pending instanceof Promise) await pending;
        products += 1;
        this.#extend(j, image, tolerances);
      }
      this.#addCorrections(x);
      if (!this.#open.includes(1)) break;
    }
    return { products, residual: this.#largestResidual(b), residuals: this.#residuals };
  }

  /** Normalises the residuals of open rows to first vectors; closes those that are done or no longer gain. */
  #begin(start: Float64Array, tolerances: Float64Array, x: Float64Array): void {
    const columns = this.#columns;
    const rotated = this.#vector(this.#rotated, 0, this.#rows);
    for (let row = 0; row < this.#rows; row += 1) {
      const at = row * columns;
      this.#used[row] = 0;
      if (this.#open[row] === 1) {
        const size = Math.sqrt(dotRow(start, start, at, columns));
        if (!Number.isFinite(size)) x.fill(NaN, at, at + columns);
        const open = size > tolerances[row] && size <= STAGNATION * this.#starts[row] && Number.isFinite(size);
        this.#open[row] = open ? 1 : 0;
        this.#starts[row] = size;
        this.#residuals[row] = size;
        rotated[row] = size;
      }
      const size = this.#residuals[row];
      for (let i = at; i < at + columns; i += 1) start[i] = this.#open[row] === 1 ? start[i] / size : 0;
    }
  }

  /** Takes A v_j into every open row's factorisation and makes v_{j+1}. */
  #extend(j: number, image: Float64Array, tolerances: Float64Array): void {
    const columns = this.#columns;
    const next = this.#vector(this.#basis, j + 1, this.#rows * columns);
    const triangle = this.#vector(this.#triangle, j, this.#rows * (j + 1));
    const cosines = this.#vector(this.#cosines, j, this.#rows);
    const sines = this.#vector(this.#sines, j, this.#rows);
    const rotated = this.#vector(this.#rotated, j + 1, this.#rows);
    next.fill(0);
    for (let row = 0; row < this.#rows; row += 1) {
      if (this.#open[row] === 0) continue;
      const at = row * columns;
      const own = row * (j + 1);
      const norm = Math.max(this.#norms[row], Math.sqrt(dotRow(image, image, at, columns)));
      this.#norms[row] = norm;
      for (let i = 0; i <= j; i += 1) {
        const vector = this.#basis[i];
        const overlap = dotRow(image, vector, at, columns);
        triangle[own + i] = overlap;
        for (let k = at; k < at + columns; k += 1) image[k] -= overlap * vector[k];
      }
      const rest = Math.sqrt(dotRow(image, image, at, columns));
      for (let i = 0; i < j; i += 1) {
        const cosine = this.#cosines[i][row];
        const sine = this.#sines[i][row];
        const upper = triangle[own + i];
        triangle[own + i] = cosine * upper + sine * triangle[own + i + 1];
        triangle[own + i + 1] = cosine * triangle[own + i + 1] - sine * upper;
      }
      // What rounding leaves of an invariant space is no new direction, and of a singular matrix no pivot.
      const rounding = 4 * Number.EPSILON * norm;
      const fresh = rest > rounding;
      const pivot = Math.sqrt(triangle[own + j] ** 2 + (fresh ? rest ** 2 : 0));
      const corner = pivot <= rounding ? 0 : pivot;
      cosines[row] = corner === 0 ? 1 : triangle[own + j] / corner;
      sines[row] = corner === 0 || !fresh ? 0 : rest / corner;
      triangle[own + j] = corner;
      rotated[row] = -sines[row] * this.#rotated[j][row];
      this.#rotated[j][row] *= cosines[row];
      this.#used[row] = j + 1;
      this.#residuals[row] = corner === 0 ? Math.abs(this.#rotated[j][row]) : Math.abs(rotated[row]);
      if (!(this.#residuals[row] > tolerances[row]) || !fresh) this.#open[row] = 0;
      else for (let k = at; k < at + columns; k += 1) next[k] = image[k] / rest;
    }
  }

  /** x += V R⁻¹ (rotated right side), row by row; a direction that A annihilates is left out. */
  #addCorrections(x: Float64Array): void {
    const columns = this.#columns;
    const weights = new Float64Array(this.#restart);
    for (let row = 0; row < this.#rows; row += 1) {
      const used = this.#used[row];
      for (let i = used - 1; i >= 0; i -= 1) {
        let sum = this.#rotated[i][row];
        for (let k = i + 1; k < used; k += 1) sum -= this.#triangle[k][row * (k + 1) + i] * weights[k];
        const corner = this.#triangle[i][row * (i + 1) + i];
        weights[i] = corner === 0 ? 0 : sum / corner;
      }
      const at = row * columns;
      for (let i = 0; i < used; i += 1) {
        const vector = this.#basis[i];
        for (let k = at; k < at + columns; k += 1) x[k] += weights[i] * vector[k];
      }
    }
  }

  #largestResidual(b: Float64Array): number {
    let largest = 0;
    for (let row = 0; row < this.#rows; row += 1) {
      const size = Math.sqrt(dotRow(b, b, row * this.#columns, this.#columns));
      const share = size === 0 ? 0 : this.#residuals[row] / size;
      if (!(share <= largest)) largest = share;
      if (Number.isNaN(largest)) return NaN;
    }
    return largest;
  }

  #vector(list: Float64Array[], index: number, length: number): Float64Array {
    return (list[index] ??= new Float64Array(length));
  }
}

/** Σ a_i b_i over one row. */
export function dotRow(a: Float64Array, b: Float64Array, at: number, columns: number): number {
  let sum = 0;
  for (let i = at; i < at + columns; i += 1) sum += a[i] * b[i];
  return sum;
}
