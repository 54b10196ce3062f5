/**
 * `solve`: an ordinary differential equation from plain numbers to plain numbers, in one call.
 *
 * What scipy's `solve_ivp` is to its solvers: every choice has a default, tensors and engines stay out of sight, and
 * what the solver did can be looked at. For many solves of one shape, or on another engine, use `Solver` itself.
 */
import { UserError } from '../errors.js';
import { createEngine } from '../engines/index.js';
import type { Engine, Tensor } from '../engines/engine.js';
import { functionField, type FieldFunctions } from '../ode/function-field.js';
import type { AcceptedStep, Attempt } from '../ode/grid.js';
import type { SolveOutcome, SolveStatistics } from '../ode/outcome.js';
import type { SolveRequest } from '../ode/solve-request.js';
import { Solver } from '../ode/solver.js';
import type { Tableau } from '../ode/tableau.js';
import { tableaux, type SolverName } from '../ode/tableaux/index.js';

type Choices = Pick<
  SolveRequest,
  'controller' | 'firstStep' | 'dtMin' | 'dtMax' | 'maxSteps' | 'saveat' | 'stiffness' | 'events' | 'keepAttempts'
>;

export interface SolveOptions extends Partial<Choices> {
  /** dy/dt at (t, y), one number for each entry of y. */
  readonly f: FieldFunctions['f'];
  /** State at t0. */
  readonly y0: ArrayLike<number>;
  /** Default: 0. */
  readonly t0?: number;
  readonly t1: number;
  /** A name, or a tableau of one's own; default: tsit5. */
  readonly solver?: SolverName | Tableau;
  /** Default: 1e-6. */
  readonly rtol?: number;
  /** Default: rtol. */
  readonly atol?: number;
}

export interface SolvedEvent {
  /** Index of the event in the options. */
  readonly event: number;
  readonly t: number;
  readonly y: Float64Array;
}

export interface SolveResult {
  /** Look at `outcome.state` first: a solve that stops early is no exception. */
  readonly outcome: SolveOutcome;
  readonly statistics: SolveStatistics;
  /** State at the end; where integration stood if it did not get there. */
  readonly y1: Float64Array;
  /** States at the times of `saveat`, in order. */
  readonly outputs: readonly Float64Array[];
  readonly events: readonly SolvedEvent[];
  /** Accepted steps: time, size, error norm, stiffness estimate where asked for. */
  readonly steps: readonly AcceptedStep[];
  /** With `keepAttempts`: every attempt, rejected ones too; else null. */
  readonly attempts: readonly Attempt[] | null;
}

/** @throws UserError if an option means nothing, saying what was expected and what came */
export async function solve(options: SolveOptions): Promise<SolveResult> {
  const { f, y0, t0 = 0, t1, solver = 'tsit5', rtol = 1e-6, atol = rtol, ...choices } = options;
  checkProblem(options);
  const engine = await createEngine('reference', 'f64');
  const start = engine.allocate(1, y0.length);
  engine.write(start, y0);
  const shape = { engine, field: functionField(engine, { f }), tableau: tableauOf(solver), rows: 1 };
  const solution = await new Solver({ ...shape, columns: y0.length }).solve({
    controller: 'integral',
    maxSteps: 100_000,
    saveat: [],
    stiffness: null,
    ...choices,
    y0: start,
    t0,
    t1,
    rtol,
    atol,
    keepStates: false,
  });
  return {
    outcome: solution.outcome,
    statistics: solution.statistics,
    y1: await engine.read(solution.y1),
    outputs: await readAll(engine, solution.outputs),
    events: await Promise.all(solution.events.map(async ({ event, t, y }) => ({ event, t, y: await engine.read(y) }))),
    steps: solution.grid.steps,
    attempts: solution.attempts,
  };
}

/** What TypeScript already says, for those who call from JavaScript. @throws UserError */
function checkProblem({ f, y0, t1 }: Partial<SolveOptions>): void {
  if (typeof f !== 'function') throw new UserError('usage', 'f must be a function (t, y) => dy/dt.');
  if (y0 === undefined || !(y0.length > 0)) throw new UserError('usage', 'y0 must hold at least one number.');
  const entry = Array.from(y0).findIndex((value) => typeof value !== 'number');
  if (entry >= 0) throw new UserError('usage', `y0[${entry}] is no number: ${JSON.stringify(y0[entry])}.`);
  if (typeof t1 !== 'number') throw new UserError('usage', 't1 must be a number: where the solve ends.');
}

/** @throws UserError that lists the names there are */
export function tableauOf(solver: SolverName | Tableau): Tableau {
  if (typeof solver !== 'string') return solver;
  // A name that TypeScript did not check, as from JavaScript or a configuration file.
  const tableau = (tableaux as Readonly<Record<string, Tableau | undefined>>)[solver];
  if (tableau !== undefined) return tableau;
  throw new UserError('usage', `There is no solver ${JSON.stringify(solver)}.`, {
    hint: `Use one of ${Object.keys(tableaux).join(', ')}, or a tableau.`,
  });
}

export function readAll(engine: Engine, tensors: readonly Tensor[]): Promise<Float64Array[]> {
  return Promise.all(tensors.map(async (tensor) => engine.read(tensor)));
}
