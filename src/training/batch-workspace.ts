/**
 * All tensors and solvers for batches of one size, made once: forward solve, loss and pullback of a batch.
 */
import { UserError } from '../errors.js';
import type { Activations, Awaitable, Engine, Tensor } from '../engines/engine.js';
import type { AdjointStatistics } from '../adjoint/adjoint.js';
import { CheckpointAdjoint } from '../adjoint/checkpoint.js';
import type { SolveRequest } from '../ode/solve-request.js';
import { Solver, type Solution } from '../ode/solver.js';
import type { StepperOptions } from '../ode/step.js';
import type { Batch, BatchTargets } from './batches.js';
import type { CompiledModel } from './compiled-model.js';
import type { TrainingSettings } from './settings.js';

export interface BatchLoss {
  /** Mean over the batch, regularisation excluded. */
  readonly loss: number;
  /** Rows classified correctly; null for a regression. */
  readonly correct: number | null;
}

export class BatchWorkspace {
  readonly #engine: Engine;
  readonly #compiled: CompiledModel;
  readonly #settings: TrainingSettings;
  readonly #solver: Solver;
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
  #adjoint: CheckpointAdjoint | null = null;

  /** The last argument is any batch of this size: it fixes the shapes. */
  constructor(engine: Engine, compiled: CompiledModel, settings: TrainingSettings, { rows, inputs, targets }: Batch) {
    const { model, encode, field, decode } = compiled;
    if (targets.kind === 'classes' && model.saveat !== null) {
      throw new UserError('usage', 'A classifier is judged at t1: its model must have saveat null.');
    }
    this.#engine = engine;
    this.#compiled = compiled;
    this.#settings = settings;
    this.#lossKind = targets.kind;
    this.#solver = new Solver(this.#stepperOptions(rows));
    this.#input = engine.allocate(rows, inputs.length / rows);
    this.#state = encode === null ? this.#input : engine.allocate(rows, field.chain.inputs);
    this.#stateBar = engine.allocate(rows, field.chain.inputs);
    this.#stateKept = encode?.createActivations(rows) ?? null;
    const outputs = Array.from({ length: model.saveat?.length ?? 1 });
    this.#outputBars = outputs.map(() => engine.allocate(rows, field.chain.outputs));
    const decodedOutputs = decode === null ? [] : outputs;
    const width = decode?.chain.outputs ?? field.chain.outputs;
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

  solve(options: Pick<SolveRequest, 'keepStates' | 'stiffness'>): Promise<Solution> {
    const { model, encode } = this.#compiled;
    if (encode !== null) encode.evaluate(model.t0, this.#input, this.#state, this.#stateKept ?? undefined);
    return this.#solver.solve({
      ...options,
      y0: this.#state,
      t0: model.t0,
      t1: model.t1,
      saveat: model.saveat ?? [],
      controller: this.#settings.controller,
      maxSteps: this.#settings.maxSteps,
      atol: this.#settings.atol,
      rtol: this.#settings.rtol,
    });
  }

  /** Loss of a successful solution; with cotangents, `pullback` can follow. */
  async loss(solution: Solution, { withCotangents }: { readonly withCotangents: boolean }): Promise<BatchLoss> {
    const { model, decode } = this.#compiled;
    const states = model.saveat === null ? [solution.y1] : solution.outputs;
    const times = model.saveat ?? [model.t1];
    if (decode === null) return this.#lossOf(states, withCotangents ? this.#outputBars : null);
    states.forEach((state, k) => {
      decode.evaluate(times[k], state, this.#decoded[k], withCotangents ? this.#decodedKept[k] : undefined);
    });
    const loss = await this.#lossOf(this.#decoded, withCotangents ? this.#decodedBars : null);
    if (withCotangents) {
      states.forEach((state, k) => {
        const kept = this.#decodedKept[k];
        decode.pullback(times[k], state, this.#decoded[k], kept, this.#decodedBars[k], this.#outputBars[k]);
      });
    }
    return loss;
  }

  /** From the cotangents that `loss` left to the gradient of all parameters. */
  pullback(
    { grid, states }: Solution,
    errorBars: Float64Array | null,
    stiffnessBars: Float64Array | null,
  ): AdjointStatistics {
    if (states === null) throw new Error('The solve did not keep its states: nothing can be pulled back through it.');
    const { model, encode } = this.#compiled;
    const { rows } = this.#state;
    this.#adjoint ??= new CheckpointAdjoint(this.#stepperOptions(rows));
    const statistics = this.#adjoint.pullback({
      grid,
      states,
      atol: this.#settings.atol,
      rtol: this.#settings.rtol,
      outputBars: model.saveat === null ? [] : this.#outputBars,
      y1Bar: model.saveat === null ? this.#outputBars[0] : null,
      errorBars,
      stiffnessBars,
      y0Bar: this.#stateBar,
    });
    if (encode !== null && this.#stateKept !== null) {
      encode.pullback(model.t0, this.#input, this.#state, this.#stateKept, this.#stateBar, null);
    }
    return statistics;
  }

  dispose(): void {
    this.#solver.dispose();
    this.#adjoint?.dispose();
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

  #stepperOptions(rows: number): StepperOptions {
    const { field } = this.#compiled;
    return { engine: this.#engine, field, tableau: this.#settings.tableau, rows, columns: field.chain.inputs };
  }
}
