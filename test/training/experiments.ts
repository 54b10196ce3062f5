/** Small experiments with fixed data, as a trial would make them. */
import { createEngine } from '../../src/engines/index.js';
import { glorotParameters, type NeuralOde } from '../../src/models/neural-ode.js';
import { activation, chain, concatTime, dense } from '../../src/models/chain.js';
import { createRandom } from '../../src/random/create-random.js';
import type { RandomStream } from '../../src/random/random.js';
import { spiralNode } from '../../src/tasks/spiral-node.js';
import type { Dataset, Experiment } from '../../src/tasks/task.js';
import { gatherBatch, naturalOrder, type Batch } from '../../src/training/batches.js';
import { Learner } from '../../src/training/learner.js';
import { middleDraws, type TrainingDraws } from '../../src/training/training-draws.js';
import { trainingSettings, type TrainingSettings } from '../../src/training/settings.js';

export interface SmallExperiment extends Experiment {
  readonly initial: Float64Array;
  readonly settings: TrainingSettings;
}

export function stream(purpose: string): RandomStream {
  return createRandom({ sweepSeed: 11, trialSeed: 5 }, purpose);
}

/** @param given parameters other than the defaults */
export async function smallSpiral(given: Readonly<Record<string, number | string>> = {}): Promise<SmallExperiment> {
  const parameters = spiralNode.parameters.parse({ trajectories: 20, test_trajectories: 9, times: 8, ...given });
  const experiment = await spiralNode.create({ random: stream }, parameters);
  return { ...experiment, initial: initialOf(experiment), settings: trainingSettings(parameters) };
}

/** Encode, a field that depends on time and a classifier, like the MNIST models but ten numbers wide. */
export function smallClassifier(given: Readonly<Record<string, number | string>> = {}): SmallExperiment {
  const parameters = spiralNode.parameters.parse({ batch_size: 16, ...given });
  const experiment: Experiment = {
    model: {
      encode: chain(12, [dense(10), activation('tanh')]),
      field: chain(10, [concatTime(), dense(14), activation('tanh'), concatTime(), dense(10), activation('tanh')]),
      decode: chain(10, [dense(4)]),
      t0: 0,
      t1: 1,
      saveat: null,
    },
    train: pictures(40, stream('train')),
    test: pictures(16, stream('test')),
  };
  return { ...experiment, initial: initialOf(experiment), settings: trainingSettings(parameters) };
}

function initialOf({ model }: Experiment): Float64Array {
  const weights = stream('weights');
  return glorotParameters(model, () => weights.uniform());
}

/** Twelve bytes of noise; the class is that of the brightest of the first four. */
function pictures(count: number, random: RandomStream): Dataset {
  const inputs = Uint8Array.from({ length: 12 * count }, () => random.integer(256));
  const labels = Uint8Array.from({ length: count }, (_, row) => {
    const first = inputs.subarray(12 * row, 12 * row + 4);
    return first.indexOf(Math.max(...first));
  });
  return { count, inputs, inputColumns: 12, inputScale: 1 / 255, targets: { kind: 'classes', labels } };
}

export interface Problem {
  readonly model: NeuralOde;
  readonly initial: Float64Array;
  readonly settings: TrainingSettings;
  readonly batch: Batch;
}

/** The first examples as one batch. */
export function problem({ model, initial, settings, train }: SmallExperiment, rows = 8): Problem {
  return { model, initial, settings, batch: gatherBatch(train, naturalOrder(rows)) };
}

/** One training iteration and a prediction, in f64, at the given or the initial parameters. */
export async function iterate(
  { model, initial, settings, batch }: Problem,
  { draws = middleDraws, at = initial }: { readonly draws?: TrainingDraws; readonly at?: Float64Array } = {},
) {
  const engine = await createEngine('reference', 'f64');
  const learner = new Learner(engine, model, at, settings);
  const result = await learner.gradient(batch, settings.weights, draws);
  if (result.state !== 'success') throw new Error(result.outcome.advice);
  const gradient = await engine.read(learner.parameters.gradient);
  const prediction = await learner.predict(batch);
  learner.dispose();
  return { result, gradient, prediction };
}
