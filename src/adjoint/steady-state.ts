/**
 * Gradient of a steady state by the implicit function theorem: no step is replayed and none is remembered.
 *
 * Source: arXiv 2109.14247, section 3.2. Where f(y*, θ) = 0 the steady state moves by dy* = −f_y⁻¹ f_θ dθ; with
 * f_yᵀ λ = −ȳ, by GMRES row by row on vector–Jacobian products, θ̄ += f_θᵀ λ. It does not depend on the initial state.
 *
 * Limits: y* is taken for an exact zero, so the gradient is wrong by as much as f is away from 0 (`polish` of the
 * search takes that to rounding); f_y must be regular, as it is where the flow contracts.
 */
import type { Activations, Tensor } from '../engines/engine.js';
import { RowGmres } from '../ode/implicit/row-gmres.js';
import { solveRows } from '../ode/solve-rows.js';
import type { StepperOptions } from '../ode/step.js';
import type { VectorField } from '../ode/vector-field.js';

export interface SteadyStateAdjointRequest {
  /** y*, as the search left it. */
  readonly y: Tensor;
  /** Its cotangent; not changed. */
  readonly yBar: Tensor;
  /** ‖f_yᵀ λ + ȳ‖ of each row is brought to this share of its ‖ȳ‖. */
  readonly tolerance: number;
}

export interface SteadyStateAdjointResult {
  readonly outcome: {
    readonly state: 'success' | 'not_converged';
    /** What happened and what to do about it. */
    readonly advice: string;
  };
  /** Products with f_yᵀ. */
  readonly products: number;
  /** Largest ‖f_yᵀ λ + ȳ‖ / ‖ȳ‖ of the rows. */
  readonly residual: number;
}

export class SteadyStateAdjoint {
  readonly #options: Pick<StepperOptions, 'engine' | 'field' | 'rows' | 'columns'>;
  readonly #field: VectorField;
  readonly #time: number;
  readonly #gmres: RowGmres;
  readonly #activations: Activations;
  readonly #derivative: Tensor;
  readonly #negativeBar: Tensor;
  readonly #multiplier: Tensor;
  readonly #product: Tensor;

  /** @param time at which the search called f */
  constructor(options: Pick<StepperOptions, 'engine' | 'field' | 'rows' | 'columns'>, time: number) {
    const { engine, field, rows, columns } = options;
    this.#options = options;
    this.#field = field;
    this.#time = time;
    this.#gmres = new RowGmres(rows, columns);
    this.#activations = field.createActivations(rows);
    this.#derivative = engine.allocate(rows, columns);
    this.#negativeBar = engine.allocate(rows, columns);
    this.#multiplier = engine.allocate(rows, columns);
    this.#product = engine.allocate(rows, columns);
  }

  /** Adds θ̄ to the gradient of the parameters, unless λ was not found. */
  async pullback({ y, yBar, tolerance }: SteadyStateAdjointRequest): Promise<SteadyStateAdjointResult> {
    const { engine } = this.#options;
    const field = this.#field;
    const [time, derivative, kept, multiplier] = [this.#time, this.#derivative, this.#activations, this.#multiplier];
    field.evaluate(time, y, derivative, kept);
    engine.combine(this.#negativeBar, null, -1, [1], [yBar]);
    const transposed = (x: Tensor, target: Tensor): void => field.pullbackInput(time, y, derivative, kept, x, target);
    const { products, residual } = await solveRows(
      engine,
      this.#gmres,
      transposed,
      this.#negativeBar,
      tolerance,
      multiplier,
      this.#product,
    );
    if (!(residual <= tolerance)) {
      const advice =
        `The linear system of the steady state is solved to ${residual.toPrecision(3)}, not to ${tolerance}, after ` +
        `${products} products: raise the tolerance; a field that does not contract may have no solution.`;
      return { outcome: { state: 'not_converged', advice }, products, residual };
    }
    field.pullback(time, y, derivative, kept, multiplier, null);
    const advice = 'The linear system of the steady state is solved.';
    return { outcome: { state: 'success', advice }, products, residual };
  }

  dispose(): void {
    this.#activations.dispose();
    const tensors = [this.#derivative, this.#negativeBar, this.#multiplier, this.#product];
    for (const tensor of tensors) this.#options.engine.free(tensor);
  }
}
