/**
 * R_K = ∫ ‖dᴷz/dtᴷ‖² dt along the solution, mean over state entries and batch (TayNODE, arXiv 2007.04504, eq. 6):
 * small where a K-th order polynomial follows the solution, so that a solver of that order takes long steps.
 *
 * R_K is one more state r of each row, with r' = mean_i (dᴷz_i/dtᴷ)² and r(t0) = 0; it takes part in the error
 * control like every other state, as in the paper, and in R_E and R_S where those are asked for too. One call of
 * the augmented field counts as one evaluation. Predictions use the field alone.
 *
 * z's Taylor coefficients follow from those of f: z_[k+1] = f_[k] / (k + 1), with f_[k] from z_[0] … z_[k] layer by
 * layer (`layer-jets.ts`); dᴷz/dtᴷ = K! z_[K] = (K − 1)! f_[K−1]. The gradient is the reverse of these very
 * operations. Cost: K passes through the dense layers for one call of f. Limit: what one call keeps for its pullback
 * is some 10 to 20 tensors of the state's size, for each stage of a step.
 */
import { UserError } from '../errors.js';
import type { Activations, CompiledChain, Engine, Parameters, Tensor } from '../engines/engine.js';
import type { Chain } from '../engines/layer.js';
import { layerJets } from './layer-jets.js';
import type { AugmentedField, TrajectoryRegularizer } from './regularizer.js';
import { ProgramStorage, TensorProgram, type ProgramBars, type Register } from './tensor-program.js';

/** K in the paper's experiments. */
export const taylorOrders = [2, 3, 4] as const;

/** @param order K ≥ 1 */
export function taylorRegularizer(order: number): TrajectoryRegularizer {
  return {
    kind: 'trajectory',
    augment: (engine, chain, parameters, offset) => new TaylorField(engine, chain, parameters, offset, order),
  };
}

export class TaylorField implements AugmentedField {
  readonly columns: number;
  readonly #engine: Engine;
  readonly #program: TensorProgram;
  readonly #chains: CompiledChain[] = [];
  /** Weights 1/columns of the mean over a row. */
  readonly #mean: Parameters;
  readonly #z: Register;
  readonly #f: Register;
  readonly #integrand: Register;
  /** By number of rows: registers of evaluations that keep nothing, and cotangents. */
  readonly #storages = new Map<number, ProgramStorage>();
  readonly #bars = new Map<number, ProgramBars>();

  constructor(engine: Engine, chain: Chain, parameters: Parameters, offset: number, order: number) {
    if (!Number.isInteger(order) || order < 1) {
      throw new UserError(
        'usage',
        `The order of the Taylor regulariser must be an integer of at least 1, not ${order}.`,
      );
    }
    const width = chain.inputs;
    const compile = (part: Chain, of: Parameters, at: number): CompiledChain => {
      const compiled = engine.compile(part, of, at);
      this.#chains.push(compiled);
      return compiled;
    };
    this.#engine = engine;
    this.columns = width + 1;
    const program = new TensorProgram(engine);
    const jets = layerJets(program, chain, (part, at) => compile(part, parameters, offset + at));
    const z = [program.input(width)];
    /** Coefficients of what enters each layer, and of f last. */
    const between: readonly Register[][] = [z, ...jets.map((): Register[] => [])];
    const f = between[jets.length];
    for (let k = 0; k < order; k += 1) {
      if (k > 0) z.push(program.combination([1 / k], [f[k - 1]]));
      for (const [layer, jet] of jets.entries()) between[layer + 1].push(jet(between[layer]));
    }
    const scale = factorial(order - 1) ** 2;
    const squares = program.products([{ scale, a: f[order - 1], b: f[order - 1] }]);
    this.#mean = engine.createParameters(new Float64Array(width).fill(1 / width));
    const layers = [{ kind: 'dense', inputs: width, outputs: 1, bias: false }] as const;
    const mean = compile({ inputs: width, outputs: 1, layers, parameterCount: width }, this.#mean, 0);
    this.#integrand = program.chain(mean, squares, 0, { trained: false });
    this.#z = z[0];
    this.#f = f[0];
    this.#program = program;
  }

  /** For evaluations of exactly `rows` rows. */
  createActivations(rows: number): ProgramStorage {
    return this.#program.createStorage(rows);
  }

  evaluate(t: number, y: Tensor, derivative: Tensor, keep?: Activations): void {
    const storage = keep === undefined ? this.#storage(y.rows) : ownStorage(keep, y.rows);
    const { tensors } = storage;
    const engine = this.#engine;
    const width = this.columns - 1;
    engine.copyColumns(tensors[this.#z], 0, y, 0, width);
    this.#program.run(t, storage);
    engine.copyColumns(derivative, 0, tensors[this.#f], 0, width);
    engine.copyColumns(derivative, width, tensors[this.#integrand], 0, 1);
  }

  pullback(t: number, _y: Tensor, _: Tensor, kept: Activations, derivativeBar: Tensor, yBar: Tensor | null): void {
    this.#pull(t, kept, derivativeBar, yBar, true);
  }

  pullbackInput(t: number, _y: Tensor, _: Tensor, kept: Activations, derivativeBar: Tensor, yBar: Tensor): void {
    this.#pull(t, kept, derivativeBar, yBar, false);
  }

  pushforward(
    t: number,
    _y: Tensor,
    _: Tensor,
    kept: Activations,
    tDot: number,
    yDot: Tensor,
    derivativeDot: Tensor,
  ): void {
    const engine = this.#engine;
    const width = this.columns - 1;
    const { bars: dots } = this.#cleanBars(yDot.rows);
    engine.copyColumns(dots[this.#z], 0, yDot, 0, width);
    this.#program.tangent(t, tDot, ownStorage(kept, yDot.rows), dots);
    engine.copyColumns(derivativeDot, 0, dots[this.#f], 0, width);
    engine.copyColumns(derivativeDot, width, dots[this.#integrand], 0, 1);
  }

  dispose(): void {
    for (const storage of this.#storages.values()) storage.dispose();
    for (const bars of this.#bars.values()) this.#program.freeBars(bars);
    for (const chain of this.#chains) chain.dispose();
    this.#mean.dispose();
  }

  #pull(t: number, kept: Activations, derivativeBar: Tensor, yBar: Tensor | null, intoGradient: boolean): void {
    const engine = this.#engine;
    const width = this.columns - 1;
    const bars = this.#cleanBars(derivativeBar.rows);
    engine.copyColumns(bars.bars[this.#f], 0, derivativeBar, 0, width);
    engine.copyColumns(bars.bars[this.#integrand], 0, derivativeBar, width, 1);
    this.#program.reverse(t, ownStorage(kept, derivativeBar.rows), bars, intoGradient);
    if (yBar === null) return;
    // Nothing depends on r.
    engine.fill(yBar, 0);
    engine.copyColumns(yBar, 0, bars.bars[this.#z], 0, width);
  }

  #storage(rows: number): ProgramStorage {
    let storage = this.#storages.get(rows);
    if (storage === undefined) this.#storages.set(rows, (storage = this.#program.createStorage(rows)));
    return storage;
  }

  #cleanBars(rows: number): ProgramBars {
    let bars = this.#bars.get(rows);
    if (bars === undefined) this.#bars.set(rows, (bars = this.#program.createBars(rows)));
    for (const bar of bars.bars) this.#engine.fill(bar, 0);
    return bars;
  }
}

function ownStorage(kept: Activations, rows: number): ProgramStorage {
  if (!(kept instanceof ProgramStorage)) throw new Error('The activations belong to another field.');
  if (kept.rows !== rows) throw new Error(`The activations hold ${kept.rows} rows, but ${rows} were given.`);
  return kept;
}

function factorial(n: number): number {
  return n < 2 ? 1 : n * factorial(n - 1);
}
