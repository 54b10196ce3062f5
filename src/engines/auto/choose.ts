/**
 * `engine: auto`: the engine that is predicted to be the fastest for a piece of work, of those that start here.
 *
 * The choice is a function of the shapes, the dtype, the threads that a worker has and of what starts here, not of the
 * load or the weather: trials of one run that do the same work run on the same engine. The plain reference is never
 * chosen.
 */
import { UserError } from '../../errors.js';
import type { Dtype, Engine } from '../engine.js';
import type { EngineName } from '../names.js';
import { stageSeconds, type CostModel, type Work } from './cost-model.js';

/** An engine that may be chosen, with what its stages cost. */
export interface Candidate {
  readonly name: EngineName;
  readonly costs: CostModel;
  /** Threads that the engine would use. */
  readonly threads: number;
  readonly start: () => Promise<Engine>;
}

export interface EngineChoice {
  readonly engine: Engine;
  /** Which engine, what was predicted of each, and what would have been faster had it started; one line. */
  readonly why: string;
}

/**
 * @param candidates engines that have the dtype; the first must start
 * @throws UserError of the last candidate if none starts
 */
export async function startFastest(candidates: readonly Candidate[], work: Work, dtype: Dtype): Promise<EngineChoice> {
  const ranked = candidates
    .map((candidate) => ({ ...candidate, seconds: stageSeconds(candidate.costs, work, candidate.threads) }))
    .sort((a, b) => a.seconds - b.seconds);
  const predictions = ranked.map(({ name, seconds }) => `${name} ${durationText(seconds)}`).join(', ');
  const { engine, failures } = await startInOrder(ranked);
  if (engine === null) throw failures[failures.length - 1];
  const prediction = `${engine.name}; predicted for a stage of ${work.rows} rows in ${dtype}: ${predictions}`;
  return { engine, why: [prediction, ...tell(ranked, failures)].join('; ') };
}

/**
 * The first of several engines that starts, where nothing predicts which is the fastest.
 * @param reason why it is one of these @throws UserError that tells of each why it does not start
 */
export async function startFirst(candidates: readonly Startable[], reason: string): Promise<EngineChoice> {
  const { engine, failures } = await startInOrder(candidates);
  const told = tell(candidates, failures);
  if (engine !== null) return { engine, why: [`${engine.name}; ${reason}`, ...told].join('; ') };
  const [first] = failures;
  throw new UserError('environment', `No engine starts that could run this: ${reason}; ${told.join('; ')}.`, {
    ...(first.hint === undefined ? {} : { hint: first.hint }),
    cause: first,
  });
}

type Startable = Pick<Candidate, 'name' | 'start'>;

/** @returns the first that starts, null if none does; and why those before it do not, in their order */
async function startInOrder(
  candidates: readonly Startable[],
): Promise<{ readonly engine: Engine | null; readonly failures: readonly UserError[] }> {
  const failures: UserError[] = [];
  for (const { start } of candidates) {
    try {
      return { engine: await start(), failures };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      failures.push(error);
    }
  }
  return { engine: null, failures };
}

function tell(candidates: readonly Startable[], failures: readonly UserError[]): readonly string[] {
  return failures.map(
    ({ message, hint = '' }, i) => `${candidates[i].name} does not start here (${`${message} ${hint}`.trim()})`,
  );
}

/** Two significant digits; more would claim more than a model knows. */
function durationText(seconds: number): string {
  const [value, unit] = seconds < 1e-3 ? [seconds * 1e6, 'µs'] : [seconds * 1e3, 'ms'];
  return `${Number(value.toPrecision(2))} ${unit}`;
}
