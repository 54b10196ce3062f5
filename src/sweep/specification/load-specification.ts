/**
 * A sweep file, read, overridden and checked: everything wrong with it is told at once, with its place.
 */
import { readFileSync } from 'node:fs';
import { basename, extname } from 'node:path';
import type { z } from 'zod';
import { UserError } from '../../errors.js';
import type { Domain } from '../../samplers/domain.js';
import type { Objective } from '../store.js';
import { fileSchema, type SweepFile } from './file-schema.js';
import { suggestName } from './nearest-name.js';
import { applyOverrides } from './overrides.js';
import { parameterDomain } from './parameter-domain.js';
import { problemsError, type Problem } from './problem.js';
import { readYaml, type Path, type YamlSource } from './yaml-source.js';

export interface SweepSpecification {
  readonly name: string;
  readonly task: string;
  readonly method: 'grid' | 'random';
  readonly runCap: number | null;
  readonly seed: number;
  readonly objectives: readonly Objective[];
  /** In the order of the file. */
  readonly domains: ReadonlyMap<string, Domain>;
  readonly where: readonly string[];
  readonly workers: number | null;
  readonly memoryMegabytes: number | null;
  readonly warnings: readonly string[];
  /** The file with its overrides, as JSON. */
  readonly json: string;
  /** A problem found later, at its place in the file or override. */
  readonly problemAt: (path: Path, message: string, hint?: string) => Problem;
  readonly fail: (problems: readonly Problem[]) => never;
}

/** Keys of W&B files that mean nothing here and cannot change results. */
const ignoredKeys = ['project', 'entity'];

const refusedKeys: Readonly<Record<string, string>> = {
  program: 'Trials are tasks of paretode here, not programs: name one with `task:`.',
  command: 'Trials are tasks of paretode here, not programs: name one with `task:`.',
  early_terminate: 'This version has no early stopping: remove the key, and every trial runs to its end.',
};

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
  if (source.problems.length > 0) throw problemsError(source, source.problems);
  if (!isRecord(source.data)) {
    const message = `A sweep file is a mapping of keys to values${source.data === null ? ', but this one is empty' : ''}.`;
    throw problemsError(source, [{ message, offset: 0, hint: 'The least is `task: spiral-node`.' }]);
  }
  const { kept, problems, warnings } = separateKeys(source, source.data);
  const { data, origins } = applyOverrides(kept, overrides);
  const problemAt = (parameterPath: Path, message: string, hint?: string): Problem => {
    const path = settingPath(parameterPath, data);
    const origin = origins.get(path[0] === 'parameters' ? path.slice(0, 2).join('.') : String(path[0]));
    const told = origin === undefined ? message : `override \`${origin}\`: ${message}`;
    const offset = origin === undefined ? source.offsetOf(path) : null;
    return { message: told, offset, ...(hint === undefined ? {} : { hint }) };
  };
  const fail = (found: readonly Problem[]): never => {
    throw problemsError(source, found);
  };

  const parsed = fileSchema.safeParse(data);
  if (!parsed.success) {
    return fail([...problems, ...parsed.error.issues.flatMap((issue) => issueProblems(issue, source, problemAt))]);
  }
  const { domains, problems: domainProblems } = readDomains(parsed.data, problemAt);
  const wrong = [...problems, ...domainProblems];
  if (parsed.data.method === 'random' && parsed.data.run_cap === undefined) {
    wrong.push(problemAt(['method'], 'Method random needs run_cap, the number of points.'));
  }
  if (wrong.length > 0) return fail(wrong);
  const { name, task, method, run_cap: runCap, seed, where, workers, trial } = parsed.data;
  return {
    name: name ?? basename(file, extname(file)),
    task,
    method,
    runCap: runCap ?? null,
    seed,
    objectives: objectivesOf(parsed.data),
    domains,
    where: typeof where === 'string' ? [where] : (where ?? []),
    workers: workers ?? null,
    memoryMegabytes: trial?.memory_mb ?? null,
    warnings,
    json: JSON.stringify(data),
    problemAt,
    fail,
  };
}

/** Parameters that a setting gives (`engine`, `dtype`, `repeats`) have their place there. */
function settingPath(path: Path, data: Readonly<Record<string, unknown>>): Path {
  const { parameters } = data;
  if (path.length < 2 || path[0] !== 'parameters') return path;
  const name = String(path[1]);
  if (isRecord(parameters) && Object.hasOwn(parameters, name)) return path;
  const setting = name === 'seed' ? 'repeats' : name;
  return Object.hasOwn(data, setting) ? [setting] : path;
}

function separateKeys(source: YamlSource, data: Readonly<Record<string, unknown>>) {
  const kept: Record<string, unknown> = {};
  const problems: Problem[] = [];
  const warnings: string[] = [];
  for (const [key, value] of Object.entries(data)) {
    if (ignoredKeys.includes(key))
      warnings.push(`${source.file}: the key "${key}" has no meaning here and is ignored.`);
    else if (Object.hasOwn(refusedKeys, key)) {
      problems.push({
        message: `The key "${key}" is not supported.`,
        offset: source.keyOffset([key]),
        hint: refusedKeys[key],
      });
    } else kept[key] = value;
  }
  return { kept, problems, warnings };
}

function issueProblems(
  issue: z.core.$ZodIssue,
  source: YamlSource,
  problemAt: SweepSpecification['problemAt'],
): readonly Problem[] {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(path);
    return issue.keys.map((key) => ({
      ...problemAt([...path, key], `Unknown key "${key}".`, suggestName(key, known)),
      offset: source.keyOffset([...path, key]),
    }));
  }
  // A union reports what each branch wanted: tell those of the branch that came nearest.
  if (issue.code === 'invalid_union') {
    const nearest = [...issue.errors].sort((a, b) => depth(b) - depth(a)).at(0);
    if (nearest !== undefined && depth(nearest) > 0) {
      return nearest.flatMap((inner) =>
        issueProblems({ ...inner, path: [...issue.path, ...inner.path] }, source, problemAt),
      );
    }
  }
  const what = path.length === 0 ? 'the file' : path.join('.');
  return [problemAt(path, `${what}: ${issue.message}.`)];
}

/** How far into the value a branch of a union got; an unknown key counts as inside. */
function depth(issues: readonly z.core.$ZodIssue[]): number {
  return Math.max(0, ...issues.map(({ path, code }) => path.length + (code === 'unrecognized_keys' ? 1 : 0)));
}

function keysAt(path: Path): readonly string[] {
  if (path.length === 0) return Object.keys(fileSchema.shape);
  if (path[0] === 'parameters') {
    return path.at(-1) === 'log_grid'
      ? ['min', 'max', 'count']
      : ['value', 'values', 'log_grid', 'min', 'max', 'distribution', 'q'];
  }
  return path[0] === 'trial' ? ['memory_mb'] : ['name', 'goal'];
}

function readDomains(file: SweepFile, problemAt: SweepSpecification['problemAt']) {
  const problems: Problem[] = [];
  const domains = new Map<string, Domain>();
  const add = (path: Path, name: string, entry: SweepFile['parameters'][string]): void => {
    const result = parameterDomain(entry);
    if (result.state === 'wrong') problems.push(problemAt(path, `${name}: ${result.message}`));
    else if (domains.has(name)) problems.push(problemAt(path, `${name} is set twice: here and under parameters.`));
    else domains.set(name, result.domain);
  };
  for (const [name, entry] of Object.entries(file.parameters)) add(['parameters', name], name, entry);
  if (file.engine !== undefined) add(['engine'], 'engine', file.engine);
  if (file.dtype !== undefined) add(['dtype'], 'dtype', file.dtype);
  if (file.repeats !== undefined)
    add(
      ['repeats'],
      'seed',
      Array.from({ length: file.repeats }, (_, seed) => seed),
    );
  for (const [name, domain] of domains) {
    if (file.method !== 'grid' || domain.kind !== 'range') continue;
    const message = `${name}: a grid needs listed values, not a range.`;
    problems.push(
      problemAt(['parameters', name], message, 'Use values or log_grid, or `method: random` with run_cap.'),
    );
  }
  return { domains, problems };
}

function objectivesOf({ objectives, metric }: SweepFile): readonly Objective[] {
  const nfe: Objective = { name: 'nfe', goal: 'minimize' };
  if (objectives !== undefined) return objectives;
  return metric === undefined || metric.name === 'nfe' ? [nfe, { name: 'loss', goal: 'minimize' }] : [nfe, metric];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
