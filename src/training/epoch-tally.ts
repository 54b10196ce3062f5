/** Sums over an epoch's iterations and turns them into means: of the loss over rows, of what follows from steps over solves. */
import type { GradientResult } from './learner.js';
import type { TaskEpoch } from './trial.js';

type Means = Pick<
  TaskEpoch,
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
  #solves = 0;
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
    const { solves } = result;
    this.#rows += rows;
    this.#solves += solves;
    sums.trainLoss += rows * result.loss;
    sums.trainNfe += solves * result.statistics.nfe;
    sums.backwardNfe += solves * result.backwardNfe;
    sums.accepted += solves * result.statistics.accepted;
    sums.rejected += solves * result.statistics.rejected;
    sums.errorRegularizer += solves * result.errorRegularizer;
    sums.stiffnessRegularizer += solves * result.stiffnessRegularizer;
    sums.meanStep += solves * result.meanStep;
    if (result.taylorRegularizer !== null) this.#taylor = (this.#taylor ?? 0) + solves * result.taylorRegularizer;
    if (result.localRegularizer !== null) this.#local = (this.#local ?? 0) + solves * result.localRegularizer;
  }

  means(): Means {
    const { trainLoss, ...perSolve } = this.#sums;
    const n = this.#solves;
    return {
      trainLoss: trainLoss / this.#rows,
      trainNfe: perSolve.trainNfe / n,
      backwardNfe: perSolve.backwardNfe / n,
      accepted: perSolve.accepted / n,
      rejected: perSolve.rejected / n,
      errorRegularizer: perSolve.errorRegularizer / n,
      stiffnessRegularizer: perSolve.stiffnessRegularizer / n,
      taylorRegularizer: this.#taylor && this.#taylor / n,
      localRegularizer: this.#local && this.#local / n,
      meanStep: perSolve.meanStep / n,
    };
  }
}
