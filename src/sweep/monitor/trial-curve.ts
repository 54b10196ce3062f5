/**
 * What a trial's curves show of its epochs: the number of each, its test loss and its NFE, in one array of doubles.
 *
 * Invariant: a curve never changes. A longer one shares the numbers of the one that it continues, so that an epoch costs
 * three numbers and not a copy of all before it.
 */
import type { EpochMetrics } from '../../training/trial.js';

export interface CurvePoint {
  /** 1-based. */
  readonly epoch: number;
  /** NaN where it was not measured. */
  readonly value: number;
}

const width = 3;
const places = { loss: 1, nfe: 2 } as const;

export class TrialCurve {
  static readonly empty = new TrialCurve([], 0);
  /** Epochs. */
  readonly length: number;
  readonly #values: number[];

  private constructor(values: number[], length: number) {
    this.#values = values;
    this.length = length;
  }

  /** With one more epoch. */
  with({ epoch, testLoss, nfe }: EpochMetrics): TrialCurve {
    const end = this.length * width;
    const values = this.length > 0 && this.#values.length === end ? this.#values : this.#values.slice(0, end);
    values.push(epoch, testLoss ?? NaN, nfe ?? NaN);
    return new TrialCurve(values, this.length + 1);
  }

  /** Without the room that its array keeps for epochs to come. */
  trimmed(): TrialCurve {
    return this.length === 0
      ? TrialCurve.empty
      : new TrialCurve(this.#values.slice(0, this.length * width), this.length);
  }

  points(of: keyof typeof places): readonly CurvePoint[] {
    return Array.from({ length: this.length }, (_, index) => ({
      epoch: this.#values[index * width],
      value: this.#values[index * width + places[of]],
    }));
  }
}
