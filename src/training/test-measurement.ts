/**
 * How a model does on its whole test set: its loss, its accuracy and what the solves cost, timed warm.
 *
 * Invariant: the trainer after each epoch and the evaluation of a trained model measure by this one function, so that
 * equal parameters and settings give equal figures, bit for bit where the engine does.
 */
import type { SolveOutcome } from '../ode/outcome.js';
import type { Dataset } from '../tasks/task.js';
import { batchSizes, gatherBatch, naturalOrder, splitIntoBatches } from './batches.js';
import type { Learner } from './learner.js';

/** Figures of the whole test set. */
export interface TestFigures {
  /** Mean over the examples. */
  readonly loss: number;
  /** In [0, 1]; null for a regression. */
  readonly accuracy: number | null;
  /** Like the steps, the mean over the solves. */
  readonly nfe: number;
  readonly accepted: number;
  readonly rejected: number;
  /** Wall time of predicting all of it once. */
  readonly seconds: number;
}

export type TestMeasurement =
  | { readonly state: 'measured'; readonly figures: TestFigures }
  /** A solve did not reach its end. */
  | { readonly state: 'stopped'; readonly outcome: SolveOutcome }
  | { readonly state: 'interrupted' };

/** One prediction of each batch size that `measureTest` meets. */
export async function warmUpTest(learner: Learner, test: Dataset, batchSize: number): Promise<void> {
  for (const rows of batchSizes(test.count, batchSize)) await learner.predict(gatherBatch(test, naturalOrder(rows)));
}

/** @param shouldStop asked before each batch */
export async function measureTest(
  learner: Learner,
  test: Dataset,
  batchSize: number,
  shouldStop: () => boolean,
): Promise<TestMeasurement> {
  let loss = 0;
  let correct = 0;
  let classifies = false;
  let solves = 0;
  const total = { nfe: 0, accepted: 0, rejected: 0 };
  const began = performance.now();
  for (const indices of splitIntoBatches(naturalOrder(test.count), batchSize)) {
    if (shouldStop()) return { state: 'interrupted' };
    const result = await learner.predict(gatherBatch(test, indices));
    if (result.state === 'stopped') return { state: 'stopped', outcome: result.outcome };
    loss += result.loss * indices.length;
    correct += result.correct ?? 0;
    classifies = result.correct !== null;
    total.nfe += result.solves * result.statistics.nfe;
    total.accepted += result.solves * result.statistics.accepted;
    total.rejected += result.solves * result.statistics.rejected;
    solves += result.solves;
  }
  return {
    state: 'measured',
    figures: {
      loss: loss / test.count,
      accuracy: classifies ? correct / test.count : null,
      nfe: total.nfe / solves,
      accepted: total.accepted / solves,
      rejected: total.rejected / solves,
      seconds: (performance.now() - began) / 1000,
    },
  };
}
