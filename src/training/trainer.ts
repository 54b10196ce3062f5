/**
 * The training loop: epochs of minibatches, a measurement on the test set after each.
 *
 * Invariant: what is trained depends on the data, the settings and the random streams alone, wherever it was interrupted
 * and resumed; clocks are read only to report and to know when a checkpoint is due. Training and prediction are timed apart, both warm: kernels, workspaces and the JIT have
 * met every batch size before a clock starts.
 */
import type { Engine } from '../engines/engine.js';
import type { NeuralOde } from '../models/neural-ode.js';
import type { SolveOutcome } from '../ode/outcome.js';
import type { RandomStream } from '../random/random.js';
import type { Dataset } from '../tasks/task.js';
import { batchSizes, gatherBatch, naturalOrder, splitIntoBatches } from './batches.js';
import type { Checkpoints } from './checkpoints.js';
import { EpochTally } from './epoch-tally.js';
import { Learner } from './learner.js';
import { Optimizer } from './optimizer.js';
import { measureTest, warmUpTest, type TestFigures } from './test-measurement.js';
import type { TrainingDraws } from './training-draws.js';
import type { TrainingSettings } from './settings.js';
import type { TrainingState } from './training-state.js';
import type { TaskEpoch, TrialHooks, TrialOutcome, TrialReason } from './trial.js';
import { weightsAt } from './weight-schedule.js';

export interface TrainerOptions {
  readonly engine: Engine;
  readonly model: NeuralOde;
  readonly initial: Float64Array;
  readonly settings: TrainingSettings;
  readonly train: Dataset;
  readonly test: Dataset;
  /** Orders the minibatches. */
  readonly shuffle: RandomStream;
  /** What regularisers draw, one iteration after the other. */
  readonly draws: TrainingDraws;
  readonly hooks: TrialHooks;
  /** Missing: starts at the beginning and leaves nothing on the way. */
  readonly resumable?: Resumable;
}

/** What it takes to leave off at the end of an epoch and to go on from there. */
export interface Resumable {
  readonly checkpoints: Checkpoints;
  /** Where to start; null: at the beginning. */
  readonly start: TrainingState | null;
  /** All streams that training draws from, by purpose. */
  readonly streams: ReadonlyMap<string, RandomStream>;
}

/** Ends the loop early with an outcome; never leaves this file. */
class Ending extends Error {
  constructor(readonly outcome: TrialOutcome) {
    super(`Training ended as ${outcome.state}.`);
  }
}

export async function train(options: TrainerOptions): Promise<TrialOutcome> {
  const learner = new Learner(options.engine, options.model, options.initial, options.settings);
  const optimizer = new Optimizer(options.engine, learner.parameters, options.settings.optimizer);
  try {
    return await new Training(options, learner, optimizer).run();
  } catch (thrown) {
    if (thrown instanceof Ending) return thrown.outcome;
    throw thrown;
  } finally {
    optimizer.dispose();
    learner.dispose();
  }
}

class Training {
  readonly #options: TrainerOptions;
  readonly #learner: Learner;
  readonly #optimizer: Optimizer;
  readonly #iterationsPerEpoch: number;

  constructor(options: TrainerOptions, learner: Learner, optimizer: Optimizer) {
    this.#options = options;
    this.#learner = learner;
    this.#optimizer = optimizer;
    this.#iterationsPerEpoch = Math.ceil(options.train.count / options.settings.batchSize);
  }

  async run(): Promise<TrialOutcome> {
    const { engine, settings, hooks } = this.#options;
    const epochs = this.#tellAgain();
    await this.#warmUp();
    this.#restore();
    while (epochs.length < settings.epochs) {
      const epoch = epochs.length + 1;
      const metrics = await this.#epoch(epoch);
      hooks.tell({ kind: 'epoch', metrics });
      if (!Number.isFinite(metrics.testLoss)) throw new Ending(nonFinite('test loss', { epoch }));
      epochs.push(metrics);
      if (epoch < settings.epochs) await this.#leaveCheckpoint(epochs);
    }
    const last = epochs.at(-1);
    if (last === undefined) throw new Error('Training needs at least one epoch.');
    const parameters = await engine.readParameters(this.#learner.parameters);
    return {
      state: 'completed',
      result: {
        nfe: last.nfe,
        loss: last.testLoss,
        accuracy: last.accuracy,
        trainLoss: last.trainLoss,
        trainSeconds: epochs.reduce((sum, { trainSeconds }) => sum + trainSeconds, 0),
        predictSeconds: last.predictSeconds,
        epochs: last.epoch,
      },
      model: { parameters },
    };
  }

  /** Tells the epochs of earlier attempts. @returns them */
  #tellAgain(): TaskEpoch[] {
    const { hooks, resumable } = this.#options;
    const start = resumable?.start ?? null;
    if (start === null) return [];
    hooks.tell({ kind: 'resumed', epoch: start.epochs.length });
    for (const metrics of start.epochs) hooks.tell({ kind: 'epoch', metrics });
    return [...start.epochs];
  }

  #restore(): void {
    const { resumable } = this.#options;
    const start = resumable?.start ?? null;
    if (resumable === undefined || start === null) return;
    this.#learner.restore(start);
    this.#optimizer.restore(start.optimizer);
    for (const [purpose, stream] of resumable.streams) stream.seek(start.streams[purpose]);
  }

  /** At the end of an epoch, where one is due; ends the training where it was all that was waited for. */
  async #leaveCheckpoint(epochs: readonly TaskEpoch[]): Promise<void> {
    const { resumable, hooks } = this.#options;
    if (resumable === undefined || hooks.shouldStop()) return;
    const { checkpoints, streams } = resumable;
    const { drains } = checkpoints;
    if (!drains && !checkpoints.due) return;
    const written = await checkpoints.write({
      epochs,
      ...(await this.#learner.state()),
      optimizer: await this.#optimizer.state(),
      streams: Object.fromEntries(Array.from(streams, ([purpose, stream]) => [purpose, stream.position()])),
    });
    if (drains && written) throw new Ending({ state: 'interrupted' });
  }

  /** Every batch size once, forward and back, without an update. */
  async #warmUp(): Promise<void> {
    const { train, test, settings } = this.#options;
    const weights = weightsAt(settings.weights, 0);
    for (const rows of batchSizes(train.count, settings.batchSize)) {
      await this.#learner.gradient(gatherBatch(train, naturalOrder(rows)), weights);
    }
    await warmUpTest(this.#learner, test, settings.batchSize);
  }

  async #epoch(epoch: number): Promise<TaskEpoch> {
    const { train, settings, shuffle, draws, hooks } = this.#options;
    const weights = weightsAt(settings.weights, epoch - 1);
    const tally = new EpochTally();
    let iteration = 0;
    let milliseconds = 0;
    for (const indices of splitIntoBatches(shuffle.permutation(train.count), settings.batchSize)) {
      if (hooks.shouldStop()) throw new Ending({ state: 'interrupted' });
      iteration += 1;
      // The clock stands still while the trial tells its progress, which may wait for the database.
      const began = performance.now();
      const result = await this.#learner.gradient(gatherBatch(train, indices), weights, draws);
      const place = { epoch, iteration };
      if (result.state === 'stopped') throw new Ending(stopped(result.outcome, place));
      if (!Number.isFinite(result.loss)) throw new Ending(nonFinite('training loss', place));
      this.#optimizer.step();
      this.#learner.heed(result);
      milliseconds += performance.now() - began;
      tally.add(indices.length, result);
      const done = (epoch - 1) * this.#iterationsPerEpoch + iteration;
      hooks.tell({
        kind: 'progress',
        progress: {
          fraction: done / (settings.epochs * this.#iterationsPerEpoch),
          epoch,
          epochs: settings.epochs,
          iteration,
          iterationsPerEpoch: this.#iterationsPerEpoch,
          loss: result.loss,
          nfe: result.statistics.nfe,
        },
      });
    }
    const test = await this.#test(epoch);
    return {
      epoch,
      ...tally.means(),
      testLoss: test.loss,
      accuracy: test.accuracy,
      nfe: test.nfe,
      errorWeight: weights.error,
      stiffnessWeight: weights.stiffness,
      taylorWeight: weights.taylor,
      localWeight: weights.local,
      trainSeconds: milliseconds / 1000,
      predictSeconds: test.seconds,
      memoryBytes: process.memoryUsage.rss(),
    };
  }

  async #test(epoch: number): Promise<TestFigures> {
    const { test, settings, hooks } = this.#options;
    const measurement = await measureTest(this.#learner, test, settings.batchSize, hooks.shouldStop);
    switch (measurement.state) {
      case 'measured':
        return measurement.figures;
      case 'stopped':
        throw new Ending(stopped(measurement.outcome, { epoch }));
      case 'interrupted':
        throw new Ending({ state: 'interrupted' });
    }
  }
}

function stopped(outcome: SolveOutcome, place: Pick<TrialReason, 'epoch' | 'iteration'>): TrialOutcome {
  const state = outcome.state === 'non_finite' ? 'diverged' : 'failed';
  const { epoch, iteration } = place;
  const where = iteration === undefined ? `testing after epoch ${epoch}` : `epoch ${epoch}, iteration ${iteration}`;
  const message = `In ${where}: ${outcome.advice} If training has gone astray, lower learning_rate.`;
  return { state, reason: { code: outcome.state, message, ...place } };
}

function nonFinite(what: string, place: Pick<TrialReason, 'epoch' | 'iteration'>): TrialOutcome {
  const message = `The ${what} is not finite: lower learning_rate or the regularisation weight, or tighten the tolerance.`;
  return { state: 'diverged', reason: { code: 'non_finite', message, ...place } };
}
