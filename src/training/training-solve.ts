/**
 * The solve of one training iteration, with whatever its regularisers ask for: other times (STEER), one more state
 * (Taylor), one more step (local); and its reverse, from cotangents of the output states to the gradient.
 *
 * Invariant: without those regularisers it is the solve of a prediction, bit for bit.
 */
import type { Tensor } from '../engines/engine.js';
import type { AdjointStatistics } from '../adjoint/adjoint.js';
import { CheckpointAdjoint } from '../adjoint/checkpoint.js';
import { Solver } from '../ode/solver.js';
import type { Solution } from '../ode/solution.js';
import type { StepperOptions } from '../ode/step.js';
import { LocalStep, type LocalValue } from '../regularizers/local.js';
import type { SolveTimes } from '../regularizers/regularizer.js';
import { AugmentedState } from './augmented-state.js';
import type { RegularizerDraws } from './regularizer-draws.js';
import type { TrainingSettings } from './settings.js';
import type { RegularizationWeights } from './weight-schedule.js';

export interface TrainingTrajectory {
  /** Of the training solve; its grid holds the output times alone. */
  readonly solution: Solution;
  readonly times: SolveTimes;
  /** States of the model at the output times, or at the end if there are none; empty without success. */
  readonly outputs: readonly Tensor[];
  /** R_K; null where it is not asked for. */
  readonly taylor: number | null;
  readonly local: LocalValue | null;
}

/** Cotangents of a trajectory. */
export interface TrajectoryCotangents {
  /** One for each output; not changed. */
  readonly outputBars: readonly Tensor[];
  readonly errorBars: Float64Array | null;
  readonly stiffnessBars: Float64Array | null;
  /** Overwritten with the cotangent of the initial state. */
  readonly stateBar: Tensor;
}

export class TrainingSolve {
  readonly #settings: TrainingSettings;
  readonly #solver: Solver;
  readonly #adjoint: CheckpointAdjoint;
  readonly #augmented: AugmentedState | null;
  readonly #local: LocalStep | null;

  /** @param options of the field that training solves; with a state more than the model's, the last is r' */
  constructor(options: StepperOptions, settings: TrainingSettings, stateColumns: number, outputs: number) {
    const { engine, rows, columns } = options;
    this.#settings = settings;
    this.#solver = new Solver(options);
    this.#adjoint = new CheckpointAdjoint(options);
    this.#augmented = columns === stateColumns ? null : new AugmentedState(engine, rows, stateColumns, outputs);
    const { local } = settings.regularizers;
    this.#local = local === null ? null : new LocalStep(options, local.firstStage);
  }

  /** @param modelTimes of a prediction */
  async solve(state: Tensor, modelTimes: SolveTimes, draws: RegularizerDraws): Promise<TrainingTrajectory> {
    const { regularizers, stiffnessNorm, controller, maxSteps, atol, rtol } = this.#settings;
    const { steer, local } = regularizers;
    const times = steer === null ? modelTimes : steer.draw(modelTimes, draws.steer);
    const localTime = local?.sampling === 'unbiased' ? local.drawTime(times, draws.local) : null;
    const { saveat, place } = withExtraTime(times, localTime);
    const full = await this.#solver.solve({
      y0: this.#augmented?.join(state) ?? state,
      t0: times.t0,
      t1: times.t1,
      saveat,
      controller,
      maxSteps,
      atol,
      rtol,
      keepStates: true,
      stiffness: stiffnessNorm,
    });
    const without = <Item>(items: readonly Item[]): readonly Item[] => items.filter((_, k) => k !== place);
    const grid = { ...full.grid, outputs: without(full.grid.outputs) };
    const solution = { ...full, grid, outputs: without(full.outputs) };
    if (full.outcome.state !== 'success') return { solution, times, outputs: [], taylor: null, local: null };
    const states = times.saveat === null ? [full.y1] : solution.outputs;
    return {
      solution,
      times,
      outputs: this.#augmented?.split(states) ?? states,
      taylor: this.#augmented === null ? null : await this.#augmented.regularizer(full.y1),
      local: await this.#takeLocalStep(
        full,
        times,
        localTime === null ? null : [localTime, full.outputs[place]],
        draws,
      ),
    };
  }

  /** Adds the gradient of the cotangents' sum and of λ_K R_K + λ E |h| to that of the parameters. */
  pullback(
    { solution: { grid, states }, times, local }: TrainingTrajectory,
    { outputBars, errorBars, stiffnessBars, stateBar }: TrajectoryCotangents,
    weights: RegularizationWeights,
  ): AdjointStatistics {
    if (states === null) throw new Error('The solve did not keep its states: nothing can be pulled back through it.');
    const { atol, rtol } = this.#settings;
    const augmented = this.#augmented;
    const bars = augmented?.joinBars(outputBars) ?? outputBars;
    const endBar = times.saveat === null ? bars[0] : null;
    const statistics = this.#adjoint.pullback({
      grid,
      states,
      atol,
      rtol,
      outputBars: times.saveat === null ? [] : bars,
      y1Bar: augmented?.endBar(endBar, weights.taylor) ?? endBar,
      errorBars,
      stiffnessBars,
      y0Bar: augmented?.stateBar ?? stateBar,
    });
    augmented?.splitStateBar(stateBar);
    const pullbacks = this.#local?.pullback(weights.local) ?? 0;
    return {
      evaluations: statistics.evaluations + (local?.evaluations ?? 0),
      pullbacks: statistics.pullbacks + pullbacks,
    };
  }

  dispose(): void {
    this.#solver.dispose();
    this.#adjoint.dispose();
    this.#augmented?.dispose();
    this.#local?.dispose();
  }

  /** @param drawn time and state where the step starts, if they were drawn before the solve */
  async #takeLocalStep(
    { grid, states }: Solution,
    { t1 }: SolveTimes,
    drawn: readonly [number, Tensor] | null,
    draws: RegularizerDraws,
  ): Promise<LocalValue | null> {
    const { regularizers, atol, rtol } = this.#settings;
    if (this.#local === null || regularizers.local === null) return null;
    if (regularizers.local.sampling === 'unbiased') {
      if (drawn === null) throw new Error('No time was drawn for the local step.');
      const [t, y] = drawn;
      return this.#local.take({ t, y, t1, atol, rtol });
    }
    if (states === null) throw new Error('The solve did not keep its states.');
    const j = regularizers.local.drawStep(grid.steps, draws.local);
    return this.#local.take({ t: grid.steps[j].t, y: states[j], t1, atol, rtol });
  }
}

/** The output times with one more among them, in order. */
function withExtraTime({ t0, t1, saveat }: SolveTimes, time: number | null) {
  const given = saveat ?? [];
  if (time === null) return { saveat: given, place: -1 };
  const direction = t1 < t0 ? -1 : 1;
  const later = given.findIndex((other) => direction * (other - time) > 0);
  const place = later < 0 ? given.length : later;
  return { saveat: [...given.slice(0, place), time, ...given.slice(place)], place };
}
