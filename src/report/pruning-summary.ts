/**
 * What early stopping saved in a sweep, and what it may have missed.
 *
 * Epochs saved are counted over all stopped trials. Seconds and chances need the trials' epochs: so that a sweep of
 * tens of thousands of trials is summed up in a few seconds, at most 1000 stopped trials, evenly by number, are looked
 * at and their figures scaled, each continued as at most 200 completed trials went on.
 */
import type { Reader, RecordedTrial, SweepSummary } from '../../db/index.js';
import { frontier } from '../pareto/frontier.js';
import { missedChances, spreadOver, type Continuation, type StoppedTrial } from '../pruners/missed-chances.js';
import { costsOf, objectiveValue } from '../sweep/monitor/monitor-objectives.js';
import type { Objective } from '../sweep/store.js';
import { epochCosts } from '../sweep/coordinator/epoch-costs.js';
import type { EpochMetrics, TrialResult } from '../training/trial.js';

const mostStopped = 1000;
const mostCompleted = 200;
/** Trials whose epochs are in memory at a time. */
const chunk = 200;
const mostListed = 3;

export interface PruningSummary {
  /** Trials that were stopped. */
  readonly stopped: number;
  readonly trials: number;
  /** Of the epochs that the completed and the stopped trials were to have. */
  readonly epochsSaved: number;
  readonly epochsPlanned: number;
  /** Training and testing of the saved epochs, by each trial's own mean epoch. */
  readonly secondsSaved: number;
  /** Stopped trials from which seconds and chances are taken; the others are thought to be like them. */
  readonly examined: number;
  /** Stopped trials that would have ended on the frontier, by expectation; null where nothing can be said. */
  readonly expectedMissed: number | null;
  /** Those likeliest to be among them, by their number. */
  readonly likeliestMissed: readonly { readonly trial: number; readonly chance: number }[];
  /** Trials that the rule would have stopped, but for `spare`, and that have completed. */
  readonly spared: number;
  readonly sparedOnFrontier: number;
}

type CompletedTrial = RecordedTrial & { readonly result: TrialResult };
type Costs = readonly number[];

/** Null where nothing was stopped or spared. */
export async function summarizePruning(reader: Reader, sweep: SweepSummary): Promise<PruningSummary | null> {
  // Most sweeps have no such rule: they are not to be read once more for it.
  if (sweep.counts.pruned === 0 && !sweep.specification.includes('"early_terminate"')) return null;
  const all = await reader.trials(sweep.name);
  const pruned = all.filter(({ state }) => state === 'pruned');
  const completed = all.filter((trial): trial is CompletedTrial => trial.result !== null);
  const spared = completed.filter(({ sparedEpoch }) => sparedEpoch !== null);
  if (pruned.length + spared.length === 0) return null;

  const { objectives } = sweep;
  const best = frontier(
    completed,
    objectives.map(({ name, goal }) => ({ goal, value: ({ result }) => objectiveValue(result, name) })),
  );
  const mostEpochs = completed.reduce((most, { result }) => Math.max(most, result.epochs), 0);
  const planned = ({ cell }: RecordedTrial): number => {
    return typeof cell.parameters.epochs === 'number' ? cell.parameters.epochs : mostEpochs;
  };
  const saved = (trial: RecordedTrial): number => Math.max(0, planned(trial) - (trial.reason?.epoch ?? 0));
  const sum = (trials: readonly RecordedTrial[], count: (trial: RecordedTrial) => number): number =>
    trials.reduce((total, trial) => total + count(trial), 0);

  const examined = spreadOver(pruned, mostStopped);
  const stopped: StoppedTrial[] = [];
  let seconds = 0;
  for await (const [trial, epochs] of epochsOf(reader, examined)) {
    const last = [...curveOf(epochs, objectives)].at(-1);
    if (last === undefined) continue;
    const [epoch, costs] = last;
    stopped.push({ number: trial.number, epoch, costs });
    const spent = epochs.reduce(
      (total, { trainSeconds, predictSeconds }) => total + (trainSeconds ?? 0) + (predictSeconds ?? 0),
      0,
    );
    seconds += (saved(trial) * spent) / epochs.length;
  }
  const continuations: Continuation[] = [];
  for await (const [trial, epochs] of epochsOf(reader, spreadOver(completed, mostCompleted))) {
    const curve = curveOf(epochs, objectives);
    continuations.push({ finalCosts: finalCosts(trial, objectives), costsAt: (epoch) => curve.get(epoch) });
  }
  const frontierCosts = best.map((trial) => finalCosts(trial, objectives));
  const chances = missedChances(stopped, continuations, frontierCosts).flatMap(({ number: trial, chance }) =>
    chance === null ? [] : [{ trial, chance }],
  );
  const mean = chances.reduce((total, { chance }) => total + chance, 0) / chances.length;
  return {
    stopped: pruned.length,
    trials: all.length,
    epochsSaved: sum(pruned, saved),
    epochsPlanned: sum(pruned, planned) + sum(completed, planned),
    secondsSaved: examined.length === 0 ? 0 : (seconds * pruned.length) / examined.length,
    examined: examined.length,
    expectedMissed: chances.length === 0 ? null : mean * pruned.length,
    likeliestMissed: chances
      .filter(({ chance }) => chance > 0)
      .sort((a, b) => b.chance - a.chance || a.trial - b.trial)
      .slice(0, mostListed),
    spared: spared.length,
    sparedOnFrontier: spared.filter((trial) => best.includes(trial)).length,
  };
}

/** Each trial with its epochs, a few in memory at a time. */
async function* epochsOf<Trial extends RecordedTrial>(
  reader: Reader,
  trials: readonly Trial[],
): AsyncGenerator<readonly [Trial, readonly EpochMetrics[]]> {
  for (let start = 0; start < trials.length; start += chunk) {
    const some = trials.slice(start, start + chunk);
    const numbers = some.map(({ number }) => number);
    const epochs = new Map(numbers.map((number): [number, EpochMetrics[]] => [number, []]));
    for (const { trial, metrics } of await reader.epochs(some[0].sweep, numbers)) epochs.get(trial)?.push(metrics);
    for (const trial of some) yield [trial, epochs.get(trial.number) ?? []];
  }
}

/** The costs after each epoch. */
function curveOf(epochs: readonly EpochMetrics[], objectives: readonly Objective[]): ReadonlyMap<number, Costs> {
  let trainSeconds = 0;
  return new Map(
    epochs.map((metrics) => {
      trainSeconds += metrics.trainSeconds ?? 0;
      return [metrics.epoch, withErrors(epochCosts(objectives, metrics, trainSeconds), objectives)];
    }),
  );
}

function finalCosts({ result }: CompletedTrial, objectives: readonly Objective[]): Costs {
  return withErrors(costsOf(result, objectives), objectives);
}

/** An accuracy goes on by the ratio of its error: 0.9 cannot double, the 0.1 that is missing can halve. */
function withErrors(costs: Costs, objectives: readonly Objective[]): Costs {
  return costs.map((cost, k) => (objectives[k].name === 'accuracy' && cost <= 0 ? 1 + cost : cost));
}
