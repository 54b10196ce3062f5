/**
 * The continuous adjoints as modes: from a solution and its cotangents through `BackwardFlow` to a gradient.
 */
import { UserError } from '../errors.js';
import type { Engine, Tensor } from '../engines/engine.js';
import { closeTableau, type ClosedTableau } from '../ode/closed-tableau.js';
import type { Grid } from '../ode/grid.js';
import { interpolationWeights } from '../ode/interpolation.js';
import { describeOutcome, type SolveState } from '../ode/outcome.js';
import type { Solution } from '../ode/solution.js';
import type { StepperOptions } from '../ode/step.js';
import type { VectorField } from '../ode/vector-field.js';
import { checkCotangents, requirePullable, type Adjoint, type AdjointResult, type Cotangents } from './adjoint.js';
import { BackwardFlow, type BackwardSettings, type StateLookup } from './backward-flow.js';
import { RecordedSteps } from './recorded-steps.js';

export class ContinuousAdjoint implements Adjoint {
  readonly #mode: 'backsolve' | 'interpolating';
  readonly #engine: Engine;
  readonly #field: VectorField;
  readonly #tableau: ClosedTableau;
  readonly #settings: BackwardSettings;
  readonly #flow: BackwardFlow;
  readonly #record: RecordedSteps | null;

  /** @throws UserError if the method cannot adapt its steps */
  constructor(mode: 'backsolve' | 'interpolating', options: StepperOptions, settings: BackwardSettings) {
    const { engine, field, tableau } = options;
    if (tableau.errorWeights === null) {
      throw new UserError(
        'usage',
        `${tableau.name} has no error estimate: the ${mode} adjoint cannot adapt its steps.`,
        {
          hint: 'Use the adjoint checkpoint, stages or binomial.',
        },
      );
    }
    this.#mode = mode;
    this.#engine = engine;
    this.#field = field;
    this.#tableau = closeTableau(tableau);
    this.#settings = settings;
    this.#flow = new BackwardFlow(options, settings);
    this.#record = mode === 'interpolating' ? new RecordedSteps(options, { keepStates: false }) : null;
  }

  get keep(): Adjoint['keep'] {
    return { keepStates: false, keeper: this.#record };
  }

  async pullback(solution: Solution, cotangents: Cotangents): Promise<AdjointResult> {
    this.#refuseEstimates(cotangents);
    requirePullable(solution);
    checkCotangents(solution.grid, cotangents);
    const { grid, y1, outputs } = solution;
    const { outputBars, y1Bar, y0Bar } = cotangents;
    const engine = this.#engine;
    const flow = this.#flow;
    this.#record?.begin(grid);
    const lookup = this.#record && this.#lookup(grid, this.#record);
    const last = grid.steps.at(-1);
    const t0 = grid.steps.at(0)?.t ?? 0;
    const t1 = last === undefined ? t0 : last.t + last.h;
    flow.begin(t1, -(last?.h ?? 0));
    if (y1Bar === null) engine.fill(flow.bar, 0);
    else engine.combine(flow.bar, y1Bar, 1, [], []);
    engine.combine(flow.state, y1, 1, [], []);
    for (let m = grid.outputs.length - 1; m >= 0; m -= 1) {
      const state = await flow.flowTo(timeOf(grid, m, t0, t1), cotangents, lookup);
      if (state !== 'success') return this.#conclude(state, y0Bar);
      engine.combine(flow.bar, flow.bar, 1, [1], [outputBars[m]]);
      engine.combine(flow.state, outputs[m], 1, [], []);
    }
    return this.#conclude(await flow.flowTo(t0, cotangents, lookup), y0Bar);
  }

  dispose(): void {
    this.#flow.dispose();
    this.#record?.dispose();
  }

  #refuseEstimates({ errorBars, stiffnessBars }: Cotangents): void {
    if (errorBars === null && stiffnessBars === null) return;
    const which = errorBars === null ? 'stiffness' : 'error';
    throw new UserError('usage', `The ${this.#mode} adjoint cannot carry the gradient of the ${which} regulariser.`, {
      hint: 'Use the adjoint checkpoint, stages or binomial: they differentiate the steps themselves.',
    });
  }

  #conclude(state: SolveState, y0Bar: Tensor): AdjointResult {
    this.#engine.combine(y0Bar, this.#flow.bar, 1, [], []);
    const outcome = describeOutcome(state, this.#flow.t, { maxSteps: this.#settings.maxSteps, dtMin: 0 });
    return { ...this.#flow.counts, held: this.#record?.held ?? { states: 0, stages: 0 }, outcome };
  }

  /** The forward solve's dense output. */
  #lookup({ steps }: Grid, record: RecordedSteps): StateLookup {
    const final = steps.length - 1;
    if (final >= 0 && this.#tableau.ownStages < this.#tableau.b.length) {
      // The solver leaves out the last end stage where nothing needs it.
      const { end, slots } = record.recall(final);
      this.#field.evaluate(steps[final].t + steps[final].h, end, slots.stages[slots.stages.length - 1]);
    }
    let j = final;
    const positionIn = (k: number, t: number): number => (t - steps[k].t) / steps[k].h;
    return (t, target) => {
      while (j > 0 && positionIn(j, t) < 0) j -= 1;
      while (j < final && positionIn(j, t) > 1) j += 1;
      const { start, end, slots } = record.recall(j);
      const theta = Math.max(positionIn(j, t), 0);
      if (theta >= 1) this.#engine.combine(target, end, 1, [], []);
      else this.#engine.combine(target, start, steps[j].h, interpolationWeights(this.#tableau, theta), slots.stages);
    };
  }
}

function timeOf({ steps, outputs }: Grid, m: number, t0: number, t1: number): number {
  const { step, theta } = outputs[m];
  if (step < 0) return t0;
  const { t, h } = steps[step];
  if (theta >= 1) return step === steps.length - 1 ? t1 : steps[step + 1].t;
  return t + theta * h;
}
