/**
 * A model's state z beside the state r of a trajectory regulariser: [z | r], joined before a solve and split after,
 * states and cotangents alike. r starts at 0; the regulariser is its mean over rows at the end.
 */
import type { Awaitable, Engine, Tensor } from '../engines/engine.js';

export class AugmentedState {
  /** Cotangent of [z | r] at t0. */
  readonly stateBar: Tensor;
  readonly #engine: Engine;
  readonly #columns: number;
  readonly #state: Tensor;
  readonly #endBar: Tensor;
  /** z at each output. */
  readonly #outputs: readonly Tensor[];
  readonly #outputBars: readonly Tensor[];
  /** ∂(mean of r over rows)/∂[z | r]. */
  readonly #meanBar: Tensor;

  /** @param columns of z @param outputs how many times are looked at */
  constructor(engine: Engine, rows: number, columns: number, outputs: number) {
    const joined = (): Tensor => engine.allocate(rows, columns + 1);
    const each = Array.from({ length: outputs });
    this.#engine = engine;
    this.#columns = columns;
    this.stateBar = joined();
    this.#state = joined();
    this.#endBar = joined();
    this.#outputs = each.map(() => engine.allocate(rows, columns));
    this.#outputBars = each.map(joined);
    this.#meanBar = joined();
    const weights = Float64Array.from({ length: rows * (columns + 1) }, (_, k) =>
      k % (columns + 1) === columns ? 1 / rows : 0,
    );
    engine.write(this.#meanBar, weights);
  }

  /** [z | 0]. */
  join(z: Tensor): Tensor {
    // Its last column has never been written.
    this.#engine.copyColumns(this.#state, 0, z, 0, this.#columns);
    return this.#state;
  }

  /** z of each of [z | r]. */
  split(states: readonly Tensor[]): readonly Tensor[] {
    states.forEach((state, k) => this.#engine.copyColumns(this.#outputs[k], 0, state, 0, this.#columns));
    return this.#outputs;
  }

  /** Mean over rows of r, given [z | r] at the end. */
  regularizer(end: Tensor): Awaitable<number> {
    return this.#engine.dot(end, this.#meanBar);
  }

  /** [z̄ | 0] of each. */
  joinBars(bars: readonly Tensor[]): readonly Tensor[] {
    bars.forEach((bar, k) => this.#engine.copyColumns(this.#outputBars[k], 0, bar, 0, this.#columns));
    return this.#outputBars;
  }

  /** base + weight · ∂regularizer. */
  endBar(base: Tensor | null, weight: number): Tensor {
    this.#engine.combine(this.#endBar, base, weight, [1], [this.#meanBar]);
    return this.#endBar;
  }

  /** z̄ of `stateBar`. */
  splitStateBar(target: Tensor): void {
    this.#engine.copyColumns(target, 0, this.stateBar, 0, this.#columns);
  }

  dispose(): void {
    const own = [this.stateBar, this.#state, this.#endBar, this.#meanBar];
    for (const tensor of [...own, ...this.#outputs, ...this.#outputBars]) this.#engine.free(tensor);
  }
}
