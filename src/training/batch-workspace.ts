/**
 * All tensors and solvers for batches of one size, made once: forward solve, loss and pullback of a batch.
 */
import { UserError } from '../errors.js';
import type { Activations, Awaitable, Engine, Tensor } from '../engines/engine.js';
import type { SolveTimes } from '../regularizers/regularizer.js';
import type { Batch, BatchTargets } from './batches.js';
import type { CompiledModel } from './compiled-model.js';
import { createDynamics } from './create-dynamics.js';
import type { Dynamics, DynamicsSolution, Reversal } from './dynamics.js';
import type { TrainingSettings } from './settings.js';
import { middleDraws, type TrainingDraws } from './training-draws.js';
import { TrainingSolve, type TrainingTrajectory } from './training-solve.js';
import type { UnrollDepth } from './unroll-depth.js';
import type { RegularizationWeights } from './weight-schedule.js';

export interface BatchLoss {
  /** Mean over the batch, regularisation excluded. */
  readonly loss: number;
  /** Rows classified correctly; null for a regression. */
  readonly correct: number | null;
}

/** States of the model at its output times, or at t1 if it has none; only a successful solve has them. */
export interface Trajectory {
  readonly solution: Pick<DynamicsSolution, 'outcome' | 'statistics' | 'grids'>;
  readonly times: SolveTimes;
  readonly outputs: readonly Tensor[];
}

export class BatchWorkspace {
  readonly #engine: Engine;
  readonly #compiled: CompiledModel;
  readonly #settings: TrainingSettings;
  readonly #depth: UnrollDepth;
  /** Of predictions. */
  readonly #prediction: Dynamics;
  readonly #input: Tensor;
  readonly #targets: readonly Tensor[];
  /** State at t0 and its cotangent. */
  readonly #state: Tensor;
  readonly #stateBar: Tensor;
  readonly #stateKept: Activations | null;
  /** One for each output time. */
  readonly #outputBars: readonly Tensor[];
  readonly #decoded: readonly Tensor[];
  readonly #decodedBars: readonly Tensor[];
  readonly #decodedKept: readonly Activations[];
  readonly #lossKind: BatchTargets['kind'];
  /** Made by the first training iteration. */
  #training: TrainingSolve | null = null;

  /** The last argument is any batch of this size: it fixes the shapes. */
  constructor(
    engine: Engine,
    compiled: CompiledModel,
    settings: TrainingSettings,
    depth: UnrollDepth,
    { rows, inputs, targets }: Batch,
  ) {
    const { model, encode, field, decode } = compiled;
    if (targets.kind === 'classes' && model.saveat !== null) {
      throw new UserError('usage', 'A classifier is judged at t1: its model must have saveat null.');
    }
    this.#engine = engine;
    this.#compiled = compiled;
    this.#settings = settings;
    this.#lossKind = targets.kind;
    this.#depth = depth;
    const { inputs: columns } = model.field;
    this.#prediction = createDynamics(settings.method, { engine, field, rows, columns, purpose: 'prediction' }, depth);
    this.#input = engine.allocate(rows, inputs.length / rows);
    this.#state = encode === null ? this.#input : engine.allocate(rows, columns);
    this.#stateBar = engine.allocate(rows, columns);
    this.#stateKept = encode?.createActivations(rows) ?? null;
    const outputs = Array.from({ length: model.saveat?.length ?? 1 });
    this.#outputBars = outputs.map(() => engine.allocate(rows, columns));
    const decodedOutputs = decode === null ? [] : outputs;
    const width = decode?.chain.outputs ?? columns;
    this.#decoded = decodedOutputs.map(() => engine.allocate(rows, width));
    this.#decodedBars = decodedOutputs.map(() => engine.allocate(rows, width));
    this.#decodedKept = decode === null ? [] : outputs.map(() => decode.createActivations(rows));
    this.#targets =
      targets.kind === 'classes' ? [engine.allocate(rows, 1)] : targets.values.map(() => engine.allocate(rows, width));
  }

  load({ inputs, targets }: Batch): void {
    this.#engine.write(this.#input, inputs);
    const columns = targets.kind === 'classes' ? [targets.labels] : targets.values;
    columns.forEach((values, k) => this.#engine.write(this.#targets[k], values));
  }

  async predict(): Promise<Trajectory> {
    const { model } = this.#compiled;
    this.#encode();
    const { t0, t1, saveat } = model;
    const solution = await this.#prediction.solve(
      { y0: this.#state, t0, t1, saveat: saveat ?? [] },
      middleDraws.member,
    );
    return { solution, times: model, outputs: model.saveat === null ? [solution.y1] : solution.outputs };
  }

  /** As training solves: with what the regularisers change. */
  solve(draws: TrainingDraws): Promise<TrainingTrajectory> {
    const { model } = this.#compiled;
    this.#encode();
    this.#training ??= this.#createTraining();
    return this.#training.solve(this.#state, model, draws);
  }

  /** Loss of a successful trajectory; with cotangents, `pullback` can follow. */
  async loss(
    { times, outputs }: Trajectory,
    { withCotangents }: { readonly withCotangents: boolean },
  ): Promise<BatchLoss> {
    const { decode } = this.#compiled;
    const at = times.saveat ?? [times.t1];
    if (decode === null) return this.#lossOf(outputs, withCotangents ? this.#outputBars : null);
    outputs.forEach((state, k) => {
      decode.evaluate(at[k], state, this.#decoded[k], withCotangents ? this.#decodedKept[k] : undefined);
    });
    const loss = await this.#lossOf(this.#decoded, withCotangents ? this.#decodedBars : null);
    if (withCotangents) {
      outputs.forEach((state, k) => {
        const kept = this.#decodedKept[k];
        decode.pullback(at[k], state, this.#decoded[k], kept, this.#decodedBars[k], this.#outputBars[k]);
      });
    }
    return loss;
  }

  /** From the cotangents that `loss` left to the gradient of all parameters. */
  async pullback(
    trajectory: TrainingTrajectory,
    errorBars: readonly Float64Array[] | null,
    stiffnessBars: readonly Float64Array[] | null,
    weights: RegularizationWeights,
  ): Promise<Reversal> {
    if (this.#training === null) throw new Error('Nothing was solved for training.');
    const { model, encode } = this.#compiled;
    const cotangents = { outputBars: this.#outputBars, errorBars, stiffnessBars, stateBar: this.#stateBar };
    const reversal = await this.#training.pullback(trajectory, cotangents, weights);
    if (encode !== null && this.#stateKept !== null) {
      encode.pullback(model.t0, this.#input, this.#state, this.#stateKept, this.#stateBar, null);
    }
    return reversal;
  }

  dispose(): void {
    this.#prediction.dispose();
    this.#training?.dispose();
    this.#stateKept?.dispose();
    for (const kept of this.#decodedKept) kept.dispose();
    const tensors = [
      this.#input,
      this.#state,
      this.#stateBar,
      ...this.#targets,
      ...this.#outputBars,
      ...this.#decoded,
      ...this.#decodedBars,
    ];
    for (const tensor of new Set(tensors)) this.#engine.free(tensor);
  }

  #lossOf(outputs: readonly Tensor[], bars: readonly Tensor[] | null): Awaitable<BatchLoss> {
    if (this.#lossKind === 'classes') {
      return this.#engine.softmaxCrossEntropy(outputs[0], this.#targets[0], bars === null ? null : bars[0]);
    }
    const result = this.#engine.meanSquaredError(outputs, this.#targets, bars);
    return typeof result === 'number'
      ? { loss: result, correct: null }
      : result.then((loss) => ({ loss, correct: null }));
  }

  /** The initial state, unless the inputs are it. */
  #encode(): void {
    const { model, encode } = this.#compiled;
    encode?.evaluate(model.t0, this.#input, this.#state, this.#stateKept ?? undefined);
  }

  #createTraining(): TrainingSolve {
    const { field, augmented } = this.#compiled;
    const { rows, columns } = this.#state;
    const trained = augmented === null ? { field, columns } : { field: augmented, columns: augmented.columns };
    const options = { engine: this.#engine, rows, ...trained };
    return new TrainingSolve(options, this.#settings, this.#depth, columns, this.#outputBars.length);
  }
}
