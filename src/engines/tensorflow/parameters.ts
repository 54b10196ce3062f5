/**
 * A model's parameters on the tensorflow engine, and a gradient that gathers what layers add to it.
 *
 * A pullback adds to sums of its own layer, in that layer's shape; they reach the flat vector when somebody looks at it:
 * once a training iteration, where hundreds of pullbacks went before.
 */
import type { Parameters } from '../engine.js';
import type { Operations } from './operations.js';
import { TensorflowTensor } from './tensor.js';

/** A layer that holds back what it adds to the gradient. */
export interface GradientSource {
  /** Adds what it holds to the flat gradient and holds nothing after. */
  deliver(gradient: Float32Array): void;
  /** Holds nothing after. */
  discard(): void;
}

class GatheredGradient extends TensorflowTensor {
  readonly #waiting = new Set<GradientSource>();

  /** The source holds something for this gradient. */
  expect(source: GradientSource): void {
    this.#waiting.add(source);
  }

  protected override settle(): void {
    if (this.#waiting.size === 0) return;
    const sources = [...this.#waiting];
    this.#waiting.clear();
    const entries = this.mutableEntries();
    for (const source of sources) source.deliver(entries);
  }

  protected override abandon(): void {
    for (const source of this.#waiting) source.discard();
    this.#waiting.clear();
  }
}

export class TensorflowParameters implements Parameters {
  readonly values: TensorflowTensor;
  readonly gradient: GatheredGradient;
  /** Grows with every change of the values. */
  version = 0;
  #live = true;

  constructor(
    readonly operations: Operations,
    readonly count: number,
  ) {
    this.values = new TensorflowTensor(operations, 1, count);
    this.gradient = new GatheredGradient(operations, 1, count);
  }

  /** False once disposed. */
  get live(): boolean {
    return this.#live;
  }

  /** New values, rounded to f32. */
  write(values: ArrayLike<number>): void {
    this.values.overwrite(Float32Array.from(values));
    this.version++;
  }

  /** The values, to be changed before the next operation. */
  change(): Float32Array {
    this.version++;
    return this.values.mutableEntries();
  }

  dispose(): void {
    if (!this.#live) throw new Error('The parameters were disposed before.');
    this.#live = false;
    this.values.free();
    this.gradient.free();
  }
}
