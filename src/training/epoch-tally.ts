/** Sums over an epoch's iterations and turns them into means; the loss is weighted by rows. */
import type { GradientResult } from './learner.js';
import type { EpochMetrics } from './trial.js';

type Means = Pick<
  EpochMetrics,
  | 'trainLoss'
  | 'trainNfe'
  | 'backwardNfe'
  | 'accepted'
  | 'rejected'
  | 'errorRegularizer'
  | 'stiffnessRegularizer'
  | 'taylorRegularizer'
  | 'localRegularizer'
  | 'meanStep'
>;

export class EpochTally {
  #rows = 0;
  #iterations = 0;
  #sums = {
    trainLoss: 0,
    trainNfe: 0,
    backwardNfe: 0,
    accepted: 0,
    rejected: 0,
    errorRegularizer: 0,
    stiffnessRegularizer: 0,
    meanStep: 0,
  };
  /** Null until an iteration computes one. */
  #taylor: number | null = null;
  #local: number | null = null;

  add(rows: number, result: Extract<GradientResult, { state: 'success' }>): void {
    const sums = this.#sums;
    this.#rows += rows;
    this.#iterations += 1;
    sums.trainLoss += rows * result.loss;
    sums.trainNfe += result.statistics.nfe;
    sums.backwardNfe += result.backwardNfe;
    sums.accepted += result.statistics.accepted;
    sums.rejected += result.statistics.rejected;
    sums.errorRegularizer += result.errorRegularizer;
    sums.stiffnessRegularizer += result.stiffnessRegularizer;
    sums.meanStep += result.meanStep;
    if (result.taylorRegularizer !== null) this.#taylor = (this.#taylor ?? 0) + result.taylorRegularizer;
    if (result.localRegularizer !== null) this.#local = (this.#local ?? 0) + result.localRegularizer;
  }

  means(): Means {
    const { trainLoss, ...perIteration } = this.#sums;
    const n = this.#iterations;
    return {
      trainLoss: trainLoss / this.#rows,
      trainNfe: perIteration.trainNfe / n,
      backwardNfe: perIteration.backwardNfe / n,
      accepted: perIteration.accepted / n,
      rejected: perIteration.rejected / n,
      errorRegularizer: perIteration.errorRegularizer / n,
      stiffnessRegularizer: perIteration.stiffnessRegularizer / n,
      taylorRegularizer: this.#taylor && this.#taylor / n,
      localRegularizer: this.#local && this.#local / n,
      meanStep: perIteration.meanStep / n,
    };
  }
}
