/** From `early_terminate` of a sweep file to a pruner and how it is asked. */
import { createAshaPruner, rungsBelow, rungsFrom } from '../../pruners/asha.js';
import { createDominatedPruner } from '../../pruners/dominated.js';
import { firstVerdict } from '../../pruners/first-verdict.js';
import type { Measure } from '../../pruners/measure.js';
import { createMedianPruner } from '../../pruners/median.js';
import { createPercentilePruner } from '../../pruners/percentile.js';
import type { Pruner } from '../../pruners/pruner.js';
import { createThresholdPruner } from '../../pruners/threshold.js';
import type { Objective } from '../store.js';
import { modeKeys, strayKeys, type RuleEntry, type RuleKey } from './early-terminate-schema.js';
import type { ProblemAt } from './file-problems.js';
import { suggestName } from './nearest-name.js';
import type { Problem } from './problem.js';
import type { Path } from './yaml-source.js';

export interface StoppingRules {
  readonly pruner: Pruner;
  /** With which trials one is compared: all, or those of generations two and more before its own. */
  readonly scope: 'all' | 'generations';
  /** Trials in a generation; null: the rules need none. */
  readonly generationSize: number | null;
  /** Share of the trials that is never stopped (`pruners/spare.ts`). */
  readonly spare: number;
}

export interface StoppingRulesResult {
  /** Null where the file has none, or where there are problems. */
  readonly stoppingRules: StoppingRules | null;
  readonly problems: readonly Problem[];
}

/** Independent of the number of workers, and enough for as many: two generations run at a time. */
const defaultGeneration = 16;
const defaultMinTrials = 5;
const defaultEta = 3;
const defaultMargin = 0.1;
const defaultDominators = 3;
const defaultPatience = 3;

/** Objectives that a clock measures. */
const timed: readonly string[] = ['train_seconds', 'predict_seconds'];

/** What is wrong with a rule, at one of its keys. */
interface Fault {
  readonly key: RuleKey;
  readonly message: string;
  readonly hint?: string;
}

export function readStoppingRules(
  given: RuleEntry | readonly RuleEntry[] | undefined,
  objectives: readonly Objective[],
  problemAt: ProblemAt,
): StoppingRulesResult {
  if (given === undefined) return { stoppingRules: null, problems: [] };
  const entries = isList(given) ? given : [given];
  const measures = objectives.map(({ name, goal }, index): Measure => ({ name, goal, index }));
  const [{ deterministic = false, generation, spare = 0 }] = entries;
  const problems = entries.flatMap((entry, index) => {
    const path: Path = isList(given) ? ['early_terminate', index] : ['early_terminate'];
    const strays = strayKeys(entry).map(({ key, types }) => {
      const message = `The rule ${entry.type} has no key "${key}".`;
      return problemAt([...path, key], message, `It belongs to ${types.join(' and ')}.`, 'key');
    });
    const modes = modeKeys.filter((key) => index > 0 && entry[key] !== undefined);
    const misplaced = modes.map((key) => {
      return problemAt([...path, key], `"${key}" holds for all rules.`, 'Write it with the first of them.', 'key');
    });
    const faults = [...ruleFaults(entry, measures), ...(deterministic ? timedFaults(entry, measures) : [])];
    return [
      ...strays,
      ...misplaced,
      ...faults.map((fault) => problemAt([...path, fault.key], fault.message, fault.hint)),
    ];
  });
  if (generation !== undefined && !deterministic) {
    const path: Path = isList(given) ? ['early_terminate', 0, 'generation'] : ['early_terminate', 'generation'];
    const hint = 'Without it, a trial is compared with all others, and there are no generations.';
    problems.push(problemAt(path, 'generation needs `deterministic: true`.', hint, 'key'));
  }
  if (problems.length > 0) return { stoppingRules: null, problems };
  // A bound looks at no other trial: it is deterministic as it is.
  const inGenerations = deterministic && entries.some(({ type }) => type !== 'threshold');
  const stoppingRules: StoppingRules = {
    pruner: firstVerdict(entries.map((entry) => createPruner(entry, measures))),
    scope: inGenerations ? 'generations' : 'all',
    generationSize: inGenerations ? (generation ?? defaultGeneration) : null,
    spare,
  };
  return { stoppingRules, problems };
}

function* ruleFaults(entry: RuleEntry, measures: readonly Measure[]): Generator<Fault> {
  const { type, metric, margin, min_iter: minIter, max_iter: maxIter, s, eta = defaultEta } = entry;
  const names = measures.map(({ name }) => name);
  if (metric !== undefined && !names.includes(metric)) {
    yield { key: 'metric', message: `${metric} is no objective of this sweep.`, hint: suggestName(metric, names) };
  }
  for (const name of typeof margin === 'object' ? Object.keys(margin) : []) {
    if (names.includes(name)) continue;
    yield {
      key: 'margin',
      message: `margin names ${name}, no objective of this sweep.`,
      hint: suggestName(name, names),
    };
  }
  if (type === 'percentile' && entry.percentile === undefined) {
    yield { key: 'type', message: 'The rule percentile needs `percentile`.', hint: 'Add e.g. `percentile: 25`.' };
  }
  if (entry.min_accuracy !== undefined && !names.includes('accuracy')) {
    const hint = 'Add accuracy to `objectives`.';
    yield { key: 'min_accuracy', message: 'min_accuracy needs accuracy among the objectives.', hint };
  }
  if (type !== 'hyperband') return;
  if (maxIter === undefined && minIter === undefined) {
    yield { key: 'type', message: 'The rule hyperband needs `min_iter`, or `max_iter` and `s`.' };
  } else if (maxIter !== undefined && minIter !== undefined) {
    yield {
      key: 'min_iter',
      message: 'min_iter and max_iter both say where the rungs are.',
      hint: 'Keep one of the two.',
    };
  } else if (maxIter !== undefined && s === undefined) {
    yield { key: 'max_iter', message: 'max_iter needs `s`, the number of rungs below it.', hint: 'Add e.g. `s: 2`.' };
  } else if (maxIter !== undefined && maxIter < eta) {
    yield { key: 'max_iter', message: `max_iter must be at least eta = ${eta}: below it there is no rung.` };
  }
}

/** Wall times differ from run to run, and so would what is stopped by them. */
function* timedFaults(entry: RuleEntry, measures: readonly Measure[]): Generator<Fault> {
  const compared = entry.type === 'dominated' ? measures : (optionalMeasure(entry, measures) ?? measures);
  const clocked = entry.type === 'threshold' ? undefined : [compared].flat().find(({ name }) => timed.includes(name));
  if (clocked === undefined) return;
  const message = `${clocked.name} is measured by a clock: what it stops cannot be deterministic.`;
  yield { key: entry.metric === undefined ? 'type' : 'metric', message, hint: 'Name another `metric`.' };
}

function createPruner(entry: RuleEntry, measures: readonly Measure[]): Pruner {
  const { min_epochs: minEpochs = 1, interval = 1, eta = defaultEta } = entry;
  const judged = { minEpochs, interval };
  const minTrials = entry.min_trials ?? defaultMinTrials;
  const rung = { eta, minTrials: entry.min_trials ?? 0 };
  switch (entry.type) {
    case 'median':
      return createMedianPruner({ ...judged, minTrials, measure: namedMeasure(entry, measures) });
    case 'percentile': {
      const { percentile = NaN } = entry;
      return createPercentilePruner({ ...judged, minTrials, percentile, measure: namedMeasure(entry, measures) });
    }
    case 'asha': {
      const measure = optionalMeasure(entry, measures);
      return createAshaPruner({ ...rung, isRung: rungsFrom(minEpochs, eta), measure, lenient: false });
    }
    case 'hyperband': {
      const { min_iter: min = 1, max_iter: max, s = 0, strict = true } = entry;
      const isRung = max === undefined ? rungsFrom(min, eta) : rungsBelow(max, eta, s);
      return createAshaPruner({ ...rung, isRung, measure: namedMeasure(entry, measures), lenient: !strict });
    }
    case 'threshold': {
      const { max_nfe: maxNfe = null, max_loss: maxLoss = null, min_accuracy: bound } = entry;
      const measure = measures.find(({ name }) => name === 'accuracy');
      const minAccuracy = bound === undefined || measure === undefined ? null : { measure, bound };
      return createThresholdPruner({ minEpochs, maxNfe, maxLoss, minAccuracy });
    }
    case 'dominated': {
      const { margin = defaultMargin, by = defaultDominators, patience = defaultPatience } = entry;
      const margins = measures.map(({ name }) =>
        typeof margin === 'number' ? margin : (margin[name] ?? defaultMargin),
      );
      return createDominatedPruner({ ...judged, margins, by, patience });
    }
  }
}

/** As it is named, or null. */
function optionalMeasure({ type, metric }: RuleEntry, measures: readonly Measure[]): Measure | null {
  if (metric === undefined && type === 'asha') return null;
  return measures.find(({ name }) => (metric === undefined ? name !== 'nfe' : name === metric)) ?? null;
}

/** As it is named, or the first objective that is not nfe: objectives are two or more, so there is one. */
function namedMeasure(entry: RuleEntry, measures: readonly Measure[]): Measure {
  const measure = optionalMeasure(entry, measures);
  if (measure === null) throw new Error(`The rule ${entry.type} has no objective to compare.`);
  return measure;
}

function isList(given: RuleEntry | readonly RuleEntry[]): given is readonly RuleEntry[] {
  return Array.isArray(given);
}
