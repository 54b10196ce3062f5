/**
 * First-order optimisers on an engine's flat parameter vector: Adam (Kingma & Ba 2015) and SGD with
 * momentum (Polyak 1964), with the inverse learning-rate decay of the paper's code: lr / (1 + decay·n).
 */
import type { Engine, Parameters, Tensor } from '../engines/engine.js';

export interface OptimizerSettings {
  readonly kind: 'adam' | 'momentum';
  readonly learningRate: number;
  readonly decay: number;
  readonly momentum: number;
}

/** What an optimiser remembers from one iteration to the next. */
export interface OptimizerState {
  readonly iteration: number;
  readonly moments: readonly Float64Array[];
}

const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

export class Optimizer {
  readonly #engine: Engine;
  readonly #settings: OptimizerSettings;
  readonly #parameters: Parameters;
  /** m and v of Adam, or the velocity. */
  readonly #moments: readonly Tensor[];
  #iteration = 0;

  constructor(engine: Engine, parameters: Parameters, settings: OptimizerSettings) {
    this.#engine = engine;
    this.#settings = settings;
    this.#parameters = parameters;
    const count = settings.kind === 'adam' ? 2 : 1;
    this.#moments = Array.from({ length: count }, () => engine.allocate(1, parameters.count));
  }

  /** One update from the gradient that pullbacks have gathered. */
  step(): void {
    const { kind, decay, momentum } = this.#settings;
    const learningRate = this.#settings.learningRate / (1 + decay * this.#iteration);
    this.#iteration += 1;
    const [first, second] = this.#moments;
    switch (kind) {
      case 'adam':
        this.#engine.adamUpdate(this.#parameters, first, second, {
          ...ADAM,
          learningRate,
          iteration: this.#iteration,
        });
        return;
      case 'momentum':
        this.#engine.momentumUpdate(this.#parameters, first, { learningRate, momentum });
    }
  }

  async state(): Promise<OptimizerState> {
    const moments: Float64Array[] = [];
    for (const tensor of this.#moments) moments.push(await this.#engine.read(tensor));
    return { iteration: this.#iteration, moments };
  }

  restore({ iteration, moments }: OptimizerState): void {
    this.#iteration = iteration;
    this.#moments.forEach((tensor, index) => this.#engine.write(tensor, moments[index]));
  }

  dispose(): void {
    for (const tensor of this.#moments) this.#engine.free(tensor);
  }
}
