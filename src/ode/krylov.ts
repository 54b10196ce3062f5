/**
 * Restarted GMRES: solves A x = rhs for a linear map that is known only by its products.
 *
 * Source: Saad & Schultz 1986 (algorithm 4), modified Gram–Schmidt, Givens rotations. All rows of a tensor are
 * one vector: a batch whose rows do not see each other is solved together. Scalars of the small problem are
 * doubles whatever the dtype. Nothing is allocated after construction.
 *
 * Limits: `residual` is the one that the rotations carry along, which is free; where the tolerance lies below
 * what the dtype resolves (f32: about 1e-6) the true one may be larger. A restart begins from the true one.
 */
import type { Awaitable, Engine, Tensor } from '../engines/engine.js';

export interface GmresOptions {
  readonly engine: Engine;
  readonly rows: number;
  readonly columns: number;
  /** Most basis vectors held; then it starts anew from where it stands. Memory: so many + 1 tensors. */
  readonly restart: number;
}

export interface LinearProblem {
  /** target = A x, overwritten; x is unchanged and never target itself. */
  readonly apply: (x: Tensor, target: Tensor) => void;
  /** Not changed. */
  readonly rhs: Tensor;
  /** The solution; also the first guess where `guess` says so. Never rhs itself. */
  readonly x: Tensor;
  /** From zero costs no product; from x one. */
  readonly guess: 'zero' | 'x';
  /** Stops at ‖rhs − A x‖₂ ≤ max(tolerance·‖rhs‖₂, absoluteTolerance). */
  readonly tolerance: number;
  readonly absoluteTolerance?: number;
  /** Most basis vectors built, over all restarts. */
  readonly maxIterations: number;
}

export interface LinearSolution {
  readonly iterations: number;
  /** Calls of `apply`. */
  readonly products: number;
  /** ‖rhs − A x‖₂ at the end. */
  readonly residual: number;
  /** Whether the tolerance was met; x is the best of its subspace either way, but zero if A gave NaN or ∞. */
  readonly converged: boolean;
}

export class Gmres {
  readonly #engine: Engine;
  readonly #basis: readonly Tensor[];
  /** A 1 for each row: scaling in place is a product with it. */
  readonly #ones: Tensor;
  /** Column j of the triangle that the rotations leave of the Hessenberg matrix, j + 1 entries. */
  readonly #triangle: readonly Float64Array[];
  readonly #cosines: Float64Array;
  readonly #sines: Float64Array;
  /** Norms up to this share of what was there before are what orthogonalisation leaves of nothing. */
  readonly #rounding: number;
  /** ‖r0‖ e_1, rotated: its entry after the last rotation is the residual. */
  readonly #rotated: Float64Array;

  constructor({ engine, rows, columns, restart }: GmresOptions) {
    if (!(restart >= 1)) throw new Error(`GMRES needs a basis of at least 1, not ${restart}.`);
    this.#engine = engine;
    this.#basis = Array.from({ length: restart + 1 }, () => engine.allocate(rows, columns));
    this.#rounding = 8 * 2 ** (engine.dtype === 'f32' ? -23 : -52);
    this.#ones = engine.allocate(rows, 1);
    engine.fill(this.#ones, 1);
    this.#triangle = Array.from({ length: restart }, (_, j) => new Float64Array(j + 1));
    this.#cosines = new Float64Array(restart);
    this.#sines = new Float64Array(restart);
    this.#rotated = new Float64Array(restart + 1);
  }

  async solve(problem: LinearProblem): Promise<LinearSolution> {
    const { apply, rhs, x, guess, tolerance, maxIterations } = problem;
    const engine = this.#engine;
    const [first, image] = this.#basis;
    const size = await this.#norm(rhs);
    const goal = Math.max(tolerance * size, problem.absoluteTolerance ?? 0);
    let isZero = guess === 'zero' || size === 0;
    if (isZero) engine.fill(x, 0);
    let iterations = 0;
    let products = 0;
    for (;;) {
      if (isZero) engine.combine(first, rhs, 1, [], []);
      else {
        apply(x, image);
        products += 1;
        engine.combine(first, rhs, -1, [1], [image]);
      }
      const residual = await this.#norm(first);
      const converged = residual <= goal;
      if (converged || !Number.isFinite(residual) || iterations >= maxIterations) {
        return { iterations, products, residual, converged };
      }
      const cycle = await this.#cycle(apply, residual, goal, maxIterations - iterations);
      iterations += cycle.built;
      products += cycle.built;
      if (!Number.isFinite(cycle.residual)) {
        engine.fill(x, 0);
        return { iterations, products, residual: cycle.residual, converged: false };
      }
      this.#addSolution(x, cycle.built);
      isZero = false;
      if (cycle.residual <= goal || cycle.exhausted || iterations >= maxIterations) {
        return { iterations, products, residual: cycle.residual, converged: cycle.residual <= goal };
      }
    }
  }

  dispose(): void {
    for (const tensor of [...this.#basis, this.#ones]) this.#engine.free(tensor);
  }

  /** Builds the basis from r0 in `#basis[0]` until the goal, the restart, or a subspace that A maps to itself. */
  async #cycle(
    apply: LinearProblem['apply'],
    initial: number,
    goal: number,
    allowed: number,
  ): Promise<{ readonly built: number; readonly residual: number; readonly exhausted: boolean }> {
    const engine = this.#engine;
    const basis = this.#basis;
    const rotated = this.#rotated;
    engine.multiply(basis[0], null, 1 / initial, basis[0], this.#ones);
    rotated.fill(0);
    rotated[0] = initial;
    const length = Math.min(basis.length - 1, allowed);
    for (let j = 0; j < length; j += 1) {
      const column = this.#triangle[j];
      const next = basis[j + 1];
      apply(basis[j], next);
      const before = await this.#norm(next);
      for (let i = 0; i <= j; i += 1) {
        const overlap = engine.dot(next, basis[i]);
        column[i] = typeof overlap === 'number' ? overlap : await overlap;
        engine.combine(next, next, -column[i], [1], [basis[i]]);
      }
      const norm = await this.#norm(next);
      this.#rotate(j);
      const negligible = this.#rounding * before;
      const exhausted = norm <= negligible;
      // A maps a direction to nothing: it cannot serve, and what is left of the right-hand side stays.
      if (exhausted && Math.abs(column[j]) <= negligible) {
        return { built: j, residual: Math.abs(rotated[j]), exhausted };
      }
      this.#addRotation(j, norm);
      const residual = Math.abs(rotated[j + 1]);
      if (!Number.isFinite(residual)) return { built: j + 1, residual: NaN, exhausted: true };
      if (exhausted || residual <= goal || j === length - 1) return { built: j + 1, residual, exhausted };
      engine.multiply(next, null, 1 / norm, next, this.#ones);
    }
    throw new Error('A cycle of GMRES builds at least one vector.');
  }

  /** Turns column j by the rotations so far. */
  #rotate(j: number): void {
    const column = this.#triangle[j];
    for (let i = 0; i < j; i += 1) {
      const upper = column[i];
      const lower = column[i + 1];
      column[i] = this.#cosines[i] * upper + this.#sines[i] * lower;
      column[i + 1] = this.#cosines[i] * lower - this.#sines[i] * upper;
    }
  }

  /** Turns the subdiagonal entry of column j into the diagonal, and the right-hand side with it. */
  #addRotation(j: number, norm: number): void {
    const column = this.#triangle[j];
    const length = Math.sqrt(column[j] * column[j] + norm * norm);
    const [cosine, sine] = length === 0 ? [1, 0] : [column[j] / length, norm / length];
    this.#cosines[j] = cosine;
    this.#sines[j] = sine;
    column[j] = length;
    this.#rotated[j + 1] = -sine * this.#rotated[j];
    this.#rotated[j] *= cosine;
  }

  /** x += Σ c_j v_j, the triangle solved from its end. */
  #addSolution(x: Tensor, built: number): void {
    const coefficients = new Array<number>(built).fill(0);
    for (let j = built - 1; j >= 0; j -= 1) {
      let value = this.#rotated[j];
      for (let k = j + 1; k < built; k += 1) value -= this.#triangle[k][j] * coefficients[k];
      coefficients[j] = value / this.#triangle[j][j];
    }
    this.#engine.combine(x, x, 1, coefficients, this.#basis.slice(0, built));
  }

  #norm(vector: Tensor): Awaitable<number> {
    const square = this.#engine.dot(vector, vector);
    return typeof square === 'number' ? Math.sqrt(square) : square.then(Math.sqrt);
  }
}
