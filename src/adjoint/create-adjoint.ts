/**
 * The adjoints by name: what `adjoint:` may say.
 *
 * - `auto`: stages and activations of as many steps as fit into a budget of memory, as `stages` keeps them; those of
 *   later steps are computed again, as `checkpoint` does.
 * - `checkpoint`: a state a step is kept, its stages are computed again.
 * - `stages`: stages and activations are kept, nothing is computed again; the fastest, and the most memory.
 * - `binomial`: at most `states` states are kept, the others are computed again; the least memory.
 * These give the same gradient, bit for bit. For comparison, with an error of the size of the tolerance:
 * - `interpolating`: the continuous adjoint, y from the solve's dense output.
 * - `backsolve`: the continuous adjoint, y integrated backwards beside it; nothing is kept.
 */
import { UserError } from '../errors.js';
import type { Grid } from '../ode/grid.js';
import { describeOutcome, type SolveOutcome } from '../ode/outcome.js';
import type { Solution } from '../ode/solution.js';
import type { StepperOptions } from '../ode/step.js';
import { requirePullable } from './adjoint.js';
import type { Adjoint, AdjointMemory, AdjointStatistics, Cotangents } from './adjoint.js';
import { BudgetedSteps } from './budgeted-steps.js';
import { CheckpointAdjoint } from './checkpoint.js';
import type { BackwardSettings } from './backward-flow.js';
import { ContinuousAdjoint } from './continuous-adjoint.js';
import { DiscreteAdjoint } from './discrete.js';
import { FewStates } from './few-states.js';
import { RecordedSteps } from './recorded-steps.js';
import { StageReplay } from './stage-replay.js';

export const adjointModes = ['auto', 'checkpoint', 'stages', 'binomial', 'backsolve', 'interpolating'] as const;

export type AdjointMode = (typeof adjointModes)[number];

export type AdjointSettings =
  | { readonly mode: 'checkpoint' | 'stages' }
  | ({ readonly mode: 'backsolve' | 'interpolating' } & BackwardSettings)
  /** Most memory for stages and activations; absent: 64 MiB. */
  | { readonly mode: 'auto'; readonly bytes?: number }
  /** Most states kept at a time, at least 1. */
  | { readonly mode: 'binomial'; readonly states: number };

/** @throws UserError if there is no such mode, `states` is no number of states, or the method does not serve the mode */
export function createAdjoint(settings: AdjointSettings, options: StepperOptions): Adjoint {
  switch (settings.mode) {
    case 'auto':
      return auto(options, settings.bytes ?? STAGE_BYTES);
    case 'checkpoint':
      return checkpoint(options);
    case 'stages':
      return stages(options);
    case 'binomial':
      return binomial(options, settings.states);
    case 'backsolve':
    case 'interpolating':
      return new ContinuousAdjoint(settings.mode, options, settings);
    default:
      throw new UserError(
        'usage',
        `There is no adjoint ${JSON.stringify((settings satisfies never as AdjointSettings).mode)}.`,
        {
          hint: `Use one of ${adjointModes.join(', ')}.`,
        },
      );
  }
}

/** A worker that trains a wide net holds some hundreds of MiB anyway; the solves of narrow ones fit in whole. */
const STAGE_BYTES = 64 * 2 ** 20;

function auto(options: StepperOptions, bytes: number): Adjoint {
  if (!(bytes >= 0)) throw new UserError('usage', `Memory for stages must be 0 bytes or more, not ${bytes}.`);
  const steps = new BudgetedSteps(options, bytes);
  const adjoint = new DiscreteAdjoint(options, steps);
  const reverse = ({ grid }: Solution, cotangents: Cotangents): AdjointStatistics => adjoint.pullback(grid, cotangents);
  return discrete({ keepStates: false, keeper: steps }, reverse, steps, [adjoint, steps]);
}

function checkpoint(options: StepperOptions): Adjoint {
  const adjoint = new CheckpointAdjoint(options);
  const reverse = ({ grid, states }: Solution, cotangents: Cotangents): AdjointStatistics => {
    if (states === null) throw new Error('The solve did not keep its states: nothing can be pulled back through it.');
    return adjoint.pullback({ ...cotangents, grid, states });
  };
  return discrete({ keepStates: true, keeper: null }, reverse, adjoint, [adjoint]);
}

function stages(options: StepperOptions): Adjoint {
  const record = new RecordedSteps(options, { keepStates: true, keepActivations: true });
  const adjoint = new DiscreteAdjoint(options, record);
  const reverse = ({ grid }: Solution, cotangents: Cotangents): AdjointStatistics => adjoint.pullback(grid, cotangents);
  return discrete({ keepStates: false, keeper: record }, reverse, record, [adjoint, record]);
}

function binomial(options: StepperOptions, budget: number): Adjoint {
  if (!Number.isInteger(budget) || budget < 1) {
    throw new UserError('usage', `The binomial adjoint needs at least 1 state to go back to, not ${budget}.`);
  }
  const states = new FewStates(options, budget);
  const replay = new StageReplay(options, states);
  const adjoint = new DiscreteAdjoint(options, replay);
  const reverse = ({ grid }: Solution, cotangents: Cotangents): AdjointStatistics => adjoint.pullback(grid, cotangents);
  return discrete({ keepStates: false, keeper: states }, reverse, replay, [adjoint, replay, states]);
}

function discrete(
  keep: Adjoint['keep'],
  reverse: (solution: Solution, cotangents: Cotangents) => AdjointStatistics,
  memory: { readonly held: AdjointMemory },
  parts: readonly { dispose(): void }[],
): Adjoint {
  return {
    keep,
    pullback: (solution, cotangents) => {
      requirePullable(solution);
      const statistics = reverse(solution, cotangents);
      return { ...statistics, held: memory.held, outcome: reached(solution.grid) };
    },
    dispose: () => {
      for (const part of parts) part.dispose();
    },
  };
}

/** A replay always gets back to the start. */
function reached({ steps }: Grid): SolveOutcome {
  return describeOutcome('success', steps.at(0)?.t ?? 0, { maxSteps: steps.length, dtMin: 0 });
}
