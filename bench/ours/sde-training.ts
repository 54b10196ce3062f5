/** Training of an SDE problem with the library's `SdeSolver` and `SdeAdjoint`: no task of `sweep` has an SDE. */
import type { Engine, Tensor } from '../../src/engines/engine.js';
import { SdeAdjoint } from '../../src/adjoint/sde.js';
import { sdeMethods } from '../../src/ode/sde/tableaux/index.js';
import { SdeSolver } from '../../src/ode/sde/solver.js';
import { BrownianTree } from '../../src/random/brownian-tree.js';
import { Optimizer } from '../../src/training/optimizer.js';
import { SEED } from '../problems/draw.js';
import type { SdeProblem } from '../problems/problem.js';
import { momentLoss } from './moment-loss.js';
import type { Choices, IterationFigures, Training } from './training.js';

const MAX_STEPS = 100_000;

export function startSde(engine: Engine, problem: SdeProblem, choices: Choices): Training {
  return new SdeTraining(engine, problem, choices);
}

/** Of an iteration's noise. */
function purpose(iteration: number): string {
  return `bench: iteration ${iteration}`;
}

class SdeTraining implements Training {
  readonly #engine: Engine;
  readonly #problem: SdeProblem;
  readonly #model: ReturnType<typeof compileSde>;
  readonly #optimizer: Optimizer;
  readonly #solver: SdeSolver;
  readonly #adjoint: SdeAdjoint;
  readonly #path: BrownianTree;
  readonly #input: Tensor;
  readonly #state: Tensor;
  readonly #stateBar: Tensor;
  readonly #endBar: Tensor;
  /** One for each output time of a loss over paths. */
  readonly #outputBars: readonly Tensor[];
  readonly #classes: { readonly labels: Tensor; readonly logits: Tensor; readonly logitsBar: Tensor } | null;
  #iteration = 0;

  constructor(engine: Engine, problem: SdeProblem, { method, adjoint }: Choices) {
    const { initial, rows, drift, inputs, targets, times } = problem;
    const columns = drift.inputs;
    const state = (): Tensor => engine.allocate(rows, columns);
    this.#engine = engine;
    this.#problem = problem;
    const parameters = engine.createParameters(initial);
    this.#model = compileSde(engine, problem, parameters);
    this.#optimizer = new Optimizer(engine, parameters, { kind: 'adam', learningRate: 0.01, decay: 0, momentum: 0 });
    const fields = { drift: this.#model.drift, diffusion: this.#model.diffusion };
    const options = { engine, ...fields, method: sdeMethods[method], rows, columns };
    this.#solver = new SdeSolver(options);
    this.#adjoint = new SdeAdjoint(options, adjoint);
    const key = { sweepSeed: SEED, trialSeed: 0 };
    const entries = rows * columns;
    this.#path = new BrownianTree({ key, purpose: purpose(0), t0: 0, t1: 1, entries, arithmetic: engine.brownian });
    this.#input = engine.allocate(rows, inputs.length / rows);
    this.#state = this.#model.encode === null ? this.#input : state();
    this.#stateBar = state();
    this.#endBar = state();
    this.#outputBars = targets.kind === 'moments' ? times.map(state) : [];
    this.#classes = null;
    if (targets.kind === 'classes') {
      const [labels, logits, logitsBar] = [1, 10, 10].map((width) => engine.allocate(rows, width));
      engine.write(labels, targets.labels);
      this.#classes = { labels, logits, logitsBar };
    }
  }

  async warmUp(): Promise<void> {
    await this.#gradient();
  }

  async iterate(): Promise<IterationFigures> {
    this.#iteration += 1;
    const figures = await this.#gradient();
    this.#optimizer.step();
    return figures;
  }

  dispose(): void {
    const engine = this.#engine;
    this.#solver.dispose();
    this.#adjoint.dispose();
    this.#path.dispose();
    this.#optimizer.dispose();
    this.#model.dispose();
    const own = [this.#input, this.#state, this.#stateBar, this.#endBar, ...this.#outputBars];
    for (const tensor of new Set([...own, ...Object.values(this.#classes ?? {})])) engine.free(tensor);
  }

  async #gradient(): Promise<IterationFigures> {
    const engine = this.#engine;
    const { inputs, times, targets } = this.#problem;
    const { encode, encodeKept, parameters } = this.#model;
    engine.write(this.#input, inputs);
    engine.fill(parameters.gradient, 0);
    encode?.evaluate(0, this.#input, this.#state, encodeKept ?? undefined);
    const path = this.#path;
    path.replant(purpose(this.#iteration));
    const request = solveRequest(this.#problem);
    const solution = await this.#solver.solve({
      ...request,
      y0: this.#state,
      path,
      saveat: targets.kind === 'moments' ? times : [],
      keepStates: true,
      keeper: this.#adjoint.keeper,
    });
    const { outcome, statistics, y1, outputs, grid, states } = solution;
    if (outcome.state !== 'success' || states === null) {
      throw new Error(`${this.#problem.name}: the solve ended with ${outcome.state}. ${outcome.advice}`);
    }
    const loss = targets.kind === 'moments' ? await this.#lossOfPaths(outputs, targets) : await this.#lossOfClasses(y1);
    const reversal = this.#adjoint.pullback({
      ...request,
      grid,
      states,
      path,
      outputBars: this.#outputBars,
      y1Bar: targets.kind === 'classes' ? this.#endBar : null,
      errorBars: null,
      stiffnessBars: null,
      y0Bar: this.#stateBar,
    });
    if (encode !== null && encodeKept !== null) {
      encode.pullback(0, this.#input, this.#state, encodeKept, this.#stateBar, null);
    }
    const { nfe, diffusionNfe, accepted, rejected } = statistics;
    return { loss, nfe, diffusionNfe, accepted, rejected, backwardNfe: reversal.evaluations + reversal.pullbacks };
  }

  async #lossOfPaths(outputs: readonly Tensor[], targets: Parameters<typeof momentLoss>[1]): Promise<number> {
    const engine = this.#engine;
    const values = await Promise.all(outputs.map(async (output) => engine.read(output)));
    const { loss, bars } = momentLoss(values, targets);
    bars.forEach((bar, k) => engine.write(this.#outputBars[k], bar));
    return loss;
  }

  async #lossOfClasses(y1: Tensor): Promise<number> {
    const { decode, decodeKept } = this.#model;
    if (this.#classes === null || decode === null || decodeKept === null) throw new Error('Classes need a decoder.');
    const { labels, logits, logitsBar } = this.#classes;
    decode.evaluate(1, y1, logits, decodeKept);
    const { loss } = await this.#engine.softmaxCrossEntropy(logits, labels, logitsBar);
    decode.pullback(1, y1, logits, decodeKept, logitsBar, this.#endBar);
    return loss;
  }
}

/** What all solves of a problem share; output times are interpolated between steps, as the peers do. */
export function solveRequest({ steps }: SdeProblem) {
  const tolerance = steps.kind === 'adaptive' ? steps.tolerance : 1;
  return {
    atol: tolerance,
    rtol: tolerance,
    ...(steps.kind === 'adaptive'
      ? { controller: 'pi' as const, firstStep: steps.firstStep }
      : { controller: { kind: 'constant' as const, dt: steps.dt } }),
    t0: 0,
    t1: 1,
    outputRule: 'linear' as const,
    maxSteps: MAX_STEPS,
    stiffness: null,
  };
}

/** The chains one behind the other in the flat vector, in the order in which they were drawn. */
export function compileSde(engine: Engine, problem: SdeProblem, parameters: ReturnType<Engine['createParameters']>) {
  const { rows } = problem;
  let offset = 0;
  const place = (chain: SdeProblem['encode']) => {
    if (chain === null) return null;
    const compiled = engine.compile(chain, parameters, offset);
    offset += chain.parameterCount;
    return compiled;
  };
  const encode = place(problem.encode);
  const drift = engine.compile(problem.drift, parameters, offset);
  offset += problem.drift.parameterCount;
  const diffusion = engine.compile(problem.diffusion, parameters, offset);
  offset += problem.diffusion.parameterCount;
  const decode = place(problem.decode);
  const encodeKept = encode?.createActivations(rows) ?? null;
  const decodeKept = decode?.createActivations(rows) ?? null;
  return {
    parameters,
    encode,
    drift,
    diffusion,
    decode,
    encodeKept,
    decodeKept,
    dispose() {
      for (const part of [encodeKept, decodeKept, encode, drift, diffusion, decode]) part?.dispose();
      parameters.dispose();
    },
  };
}
