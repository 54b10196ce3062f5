/**
 * A sweep file, read, overridden and checked: everything wrong with it is told at once, with its place.
 */
import { readFileSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { UserError } from '../../errors.js';
import type { Point } from '../../samplers/domain.js';
import type { Order } from '../coordinator/order.js';
import type { Objective } from '../store.js';
import { commandText, type CommandTemplate } from '../../programs/command-line.js';
import type { ExecutorName } from '../dispatch/executor-names.js';
import { commandOf, commandProblems, commandWarnings } from './command.js';
import { fileProblems, type ProblemAt } from './file-problems.js';
import { fileSchema, programFileSchema, type methods, type ObjectiveEntry, type SweepFile } from './file-schema.js';
import { readStoppingRules, type StoppingRules } from './stopping-rules.js';
import { limitsOf, type SweepLimits } from './limits.js';
import { applyOverrides } from './overrides.js';
import { readParameterSpace, type ParameterSpace } from './parameter-space.js';
import { problemsError, type Problem } from './problem.js';
import { readYaml, type YamlSource } from './yaml-source.js';

/** W&B's `bayes` is `tpe`. */
export type Method = Exclude<(typeof methods)[number], 'bayes'>;

export interface SweepSpecification extends Omit<ParameterSpace, 'problems'> {
  readonly name: string;
  /** The task's name; of other programs their command, as text. */
  readonly task: string;
  /** Present where trials are other programs. */
  readonly command: CommandTemplate | null;
  /** Null: the default. */
  readonly executor: ExecutorName | null;
  readonly method: Method;
  readonly runCap: number | null;
  /** Points of a generation; null: the method has none. */
  readonly generationSize: number | null;
  readonly seed: number;
  readonly objectives: readonly Objective[];
  /** Single points that run first. */
  readonly points: readonly Point[];
  readonly where: readonly string[];
  /** In which trials start. */
  readonly order: Order;
  readonly workers: number | null;
  readonly limits: SweepLimits;
  /** Null: every trial runs to its end. */
  readonly stoppingRules: StoppingRules | null;
  readonly warnings: readonly string[];
  /** The file with its overrides, as JSON. */
  readonly json: string;
  /** A problem found later, at its place in the file or override. */
  readonly problemAt: ProblemAt;
  readonly fail: (problems: readonly Problem[]) => never;
}

/** Keys of W&B files that mean nothing here and cannot change results. */
const ignoredKeys = ['project', 'entity'];

/** @throws UserError if the file cannot be read or anything in it or the overrides is wrong */
export function loadSpecification(path: string, overrides: readonly string[] = []): SweepSpecification {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new UserError('usage', `The sweep file ${path} cannot be read: ${why}.`, {
      hint: 'Give the path of a YAML file, e.g. sweeps/quickstart.yaml.',
      cause,
    });
  }
  return parseSpecification(text, { file: path, overrides });
}

export function parseSpecification(
  text: string,
  { file, overrides = [] }: { readonly file: string; readonly overrides?: readonly string[] },
): SweepSpecification {
  const source = readYaml(text, file);
  const fail = (found: readonly Problem[]): never => {
    throw problemsError(source, found);
  };
  if (source.problems.length > 0) fail(source.problems);
  if (!isRecord(source.data)) {
    const empty = source.data === null || source.data === undefined;
    const message = `A sweep file is a mapping (key: value), but this one is ${empty ? 'empty' : 'something else'}.`;
    return fail([{ message, offset: 0, hint: 'The least is one line, `task: ` and a name that `sweep tasks` lists.' }]);
  }
  const { kept, warnings } = separateKeys(source, source.data);
  const { data, origins } = applyOverrides(kept, overrides);
  const problemAt = createProblemAt(source, origins);
  const isProgram = Object.hasOwn(data, 'command') || Object.hasOwn(data, 'program');
  const parsed = (isProgram ? programFileSchema : fileSchema).safeParse(data, { reportInput: true });
  if (!parsed.success) {
    return fail(parsed.error.issues.flatMap((issue) => fileProblems(issue, problemAt)));
  }
  const { problems: spaceProblems, ...space } = readParameterSpace(parsed.data, problemAt, source.isWrittenAsReal);
  const objectives = objectivesOf(parsed.data);
  const stopping = readStoppingRules(parsed.data.early_terminate, objectives, problemAt);
  const command = commandOf(parsed.data);
  const wrong = [
    ...spaceProblems,
    ...settingProblems(parsed.data, problemAt),
    ...stopping.problems,
    ...(command === null ? [] : commandProblems(command, parsed.data, [...space.domains.keys()], problemAt)),
  ];
  if (wrong.length > 0) return fail(wrong);
  const { name, task = '', executor, run_cap: runCap, seed, points, where, order, workers } = parsed.data;
  const method = parsed.data.method === 'bayes' ? 'tpe' : parsed.data.method;
  return {
    ...space,
    name: name ?? basename(file, extname(file)),
    task: command === null ? task : commandText(command),
    command,
    executor: executor ?? null,
    method,
    runCap: runCap ?? null,
    generationSize: generationSizeOf(method, parsed.data),
    seed,
    objectives,
    points: points ?? [],
    where: typeof where === 'string' ? [where] : (where ?? []),
    order,
    workers: workers ?? null,
    limits: limitsOf(parsed.data),
    stoppingRules: stopping.stoppingRules,
    warnings: command === null ? warnings : [...warnings, ...commandWarnings(command, [...space.domains.keys()])],
    json: JSON.stringify(data),
    problemAt,
    fail,
  };
}

/** Problems of what an override has set name the override; all others point into the file. */
function createProblemAt(source: YamlSource, origins: ReadonlyMap<string, string>): ProblemAt {
  return (path, message, hint, part = 'value') => {
    const origin = origins.get(path.slice(0, 2).join('.')) ?? origins.get(String(path[0]));
    const advice = hint === undefined ? {} : { hint };
    if (origin !== undefined) return { message: `override \`${origin}\`: ${message}`, offset: null, ...advice };
    return { message, offset: part === 'key' ? source.keyOffset(path) : source.offsetOf(path), ...advice };
  };
}

function separateKeys(source: YamlSource, data: Readonly<Record<string, unknown>>) {
  const kept: Record<string, unknown> = {};
  const warnings: string[] = [];
  for (const [key, value] of Object.entries(data)) {
    if (ignoredKeys.includes(key))
      warnings.push(`${source.file}: the key "${key}" has no meaning here and is ignored.`);
    else kept[key] = value;
  }
  return { kept, warnings };
}

/** Settings that do not fit together. */
function* settingProblems(file: SweepFile, problemAt: ProblemAt): Generator<Problem> {
  const { method } = file;
  if (method !== 'grid' && file.run_cap === undefined) {
    yield problemAt(['method'], `Method ${method} needs run_cap, the number of points.`, 'Add e.g. `run_cap: 20`.');
  }
  if (file.generation_size !== undefined && generationSizeOf(method === 'bayes' ? 'tpe' : method, file) === null) {
    const message = `generation_size means nothing for the method ${method}, which does not learn from results.`;
    yield problemAt(['generation_size'], message, 'Remove it, or use `method: nsga2` or `method: tpe`.', 'key');
  }
  const given = (['objectives', 'metrics', 'metric'] as const).filter((key) => file[key] !== undefined);
  const [first, second] = [given.at(0), given.at(1)];
  if (first !== undefined && second !== undefined) {
    yield problemAt([second], `${second} and ${first} both say what to compare.`, 'Keep one of the two.', 'key');
  }
  if (first === undefined || first === 'metric') return;
  const seen = new Set<string>();
  for (const [index, { name }] of (file[first] ?? []).map(toObjective).entries()) {
    if (seen.has(name)) yield problemAt([first, index], `The objective ${name} is listed twice.`);
    seen.add(name);
  }
}

/** On test functions ten points a generation gave more within 200 trials than twenty: few generations teach little. */
const defaultGenerationSize = 10;

function generationSizeOf(method: Method, { generation_size: given }: SweepFile): number | null {
  return method === 'nsga2' || method === 'tpe' ? (given ?? defaultGenerationSize) : null;
}

function objectivesOf({ objectives, metrics, metric }: SweepFile): readonly Objective[] {
  const listed = objectives ?? metrics;
  if (listed !== undefined) return listed.map(toObjective);
  if (metric === undefined || metric.name === 'nfe') return [toObjective('nfe'), toObjective('loss')];
  return [toObjective('nfe'), toObjective(metric)];
}

/** Without a goal, accuracy is maximised and everything else, a cost, is minimised. */
function toObjective(entry: ObjectiveEntry): Objective {
  const { name, goal } = typeof entry === 'string' ? { name: entry, goal: undefined } : entry;
  return { name, goal: goal ?? (name === 'accuracy' ? 'maximize' : 'minimize') };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
