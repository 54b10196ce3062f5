/**
 * The solve of one training iteration, with whatever its regularisers ask for: other times (STEER), one more state
 * (Taylor), one more step (local); and its reverse, from cotangents of the output states to the gradient.
 *
 * Invariant: without those regularisers, and without a solver family that switches or smooths, it is the solve of a
 * prediction, bit for bit.
 */
import type { Tensor } from '../engines/engine.js';
import { LocalStep, type LocalValue } from '../regularizers/local.js';
import type { SolveTimes } from '../regularizers/regularizer.js';
import { AugmentedState } from './augmented-state.js';
import { createDynamics } from './create-dynamics.js';
import type { Dynamics, DynamicsCotangents, DynamicsOptions, DynamicsSolution, Reversal } from './dynamics.js';
import type { TrainingSettings } from './settings.js';
import type { TrainingDraws } from './training-draws.js';
import type { UnrollDepth } from './unroll-depth.js';
import type { RegularizationWeights } from './weight-schedule.js';

export interface TrainingTrajectory {
  /** Of the training solve; its grids hold the output times alone. */
  readonly solution: DynamicsSolution;
  readonly times: SolveTimes;
  /** States of the model at the output times, or at the end if there are none; empty without success. */
  readonly outputs: readonly Tensor[];
  /** R_K; null where it is not asked for. */
  readonly taylor: number | null;
  readonly local: LocalValue | null;
}

/** Cotangents of a trajectory. */
export interface TrajectoryCotangents extends Pick<DynamicsCotangents, 'errorBars' | 'stiffnessBars'> {
  /** One for each output; not changed. */
  readonly outputBars: readonly Tensor[];
  /** Overwritten with the cotangent of the initial state. */
  readonly stateBar: Tensor;
}

export class TrainingSolve {
  readonly #settings: TrainingSettings;
  readonly #dynamics: Dynamics;
  readonly #augmented: AugmentedState | null;
  readonly #local: LocalStep | null;

  /** @param options of the field that training solves; with a state more than the model's, the last is r' */
  constructor(
    options: Omit<DynamicsOptions, 'purpose'>,
    settings: TrainingSettings,
    depth: UnrollDepth,
    stateColumns: number,
    outputs: number,
  ) {
    const { engine, rows, columns } = options;
    const { method, regularizers } = settings;
    this.#settings = settings;
    this.#dynamics = createDynamics(method, { ...options, purpose: 'training' }, depth);
    this.#augmented = columns === stateColumns ? null : new AugmentedState(engine, rows, stateColumns, outputs);
    this.#local =
      regularizers.local === null || method.kind === 'implicit'
        ? null
        : new LocalStep({ ...options, tableau: method.tableau }, regularizers.local.firstStage);
  }

  /** @param modelTimes of a prediction */
  async solve(state: Tensor, modelTimes: SolveTimes, draws: TrainingDraws): Promise<TrainingTrajectory> {
    const { steer, local } = this.#settings.regularizers;
    const times = steer === null ? modelTimes : steer.draw(modelTimes, draws.steer);
    const localTime = local?.sampling === 'unbiased' ? local.drawTime(times, draws.local) : null;
    const { saveat, place } = withExtraTime(times, localTime);
    const { t0, t1 } = times;
    const y0 = this.#augmented?.join(state) ?? state;
    const full = await this.#dynamics.solve({ y0, t0, t1, saveat }, draws.member);
    const without = <Item>(items: readonly Item[]): readonly Item[] => items.filter((_, k) => k !== place);
    const grids = full.grids.map((grid) => ({ ...grid, outputs: without(grid.outputs) }));
    const solution = { ...full, grids, outputs: without(full.outputs) };
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
  async pullback(
    { solution, times, local }: TrainingTrajectory,
    { outputBars, errorBars, stiffnessBars, stateBar }: TrajectoryCotangents,
    weights: RegularizationWeights,
  ): Promise<Reversal> {
    const augmented = this.#augmented;
    const bars = augmented?.joinBars(outputBars) ?? outputBars;
    const endBar = times.saveat === null ? bars[0] : null;
    const reversal = await this.#dynamics.pullback(solution, {
      outputBars: times.saveat === null ? [] : bars,
      y1Bar: augmented?.endBar(endBar, weights.taylor) ?? endBar,
      errorBars,
      stiffnessBars,
      y0Bar: augmented?.stateBar ?? stateBar,
    });
    augmented?.splitStateBar(stateBar);
    const pullbacks = this.#local?.pullback(weights.local) ?? 0;
    return {
      outcome: reversal.outcome,
      evaluations: reversal.evaluations + (local?.evaluations ?? 0),
      pullbacks: reversal.pullbacks + pullbacks,
    };
  }

  dispose(): void {
    this.#dynamics.dispose();
    this.#augmented?.dispose();
    this.#local?.dispose();
  }

  /** @param drawn time and state where the step starts, if they were drawn before the solve */
  async #takeLocalStep(
    { grids, states }: DynamicsSolution,
    { t1 }: SolveTimes,
    drawn: readonly [number, Tensor] | null,
    draws: TrainingDraws,
  ): Promise<LocalValue | null> {
    const { regularizers, method } = this.#settings;
    if (this.#local === null || regularizers.local === null || method.kind === 'implicit') return null;
    const { atol, rtol } = method;
    if (regularizers.local.sampling === 'unbiased') {
      if (drawn === null) throw new Error('No time was drawn for the local step.');
      const [t, y] = drawn;
      return this.#local.take({ t, y, t1, atol, rtol });
    }
    if (states === null) throw new Error('The solve did not keep its states.');
    const { steps } = grids[0];
    const j = regularizers.local.drawStep(steps, draws.local);
    return this.#local.take({ t: steps[j].t, y: states[j], t1, atol, rtol });
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
