/**
 * What the schema of sweep files finds wrong, in words and with its place.
 */
import type { z } from 'zod';
import { trainingShape } from '../../tasks/parameters.js';
import { adviceFor, expectation, showValue } from './expectation.js';
import { ruleKeys } from './early-terminate-schema.js';
import { fileSchema, objectiveKeys, trialKeys } from './file-schema.js';
import { suggestName } from './nearest-name.js';
import { logGridKeys, parameterKeys } from './parameter-schema.js';
import type { Problem } from './problem.js';
import { wandbKeyAdvice, wandbValueAdvice } from './wandb-advice.js';
import type { Path } from './yaml-source.js';

/** Puts a message at the value, or at the key itself, of a path. */
export type ProblemAt = (path: Path, message: string, hint?: string, part?: 'key' | 'value') => Problem;

export function fileProblems(issue: z.core.$ZodIssue, problemAt: ProblemAt): readonly Problem[] {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) =>
      problemAt([...path, key], `Unknown key "${key}"${within(path)}.`, keyHint(path, key), 'key'),
    );
  }
  if (issue.code === 'invalid_union') {
    // Of the ways to write a value, tell what is wrong with the one that was tried.
    const tried = issue.errors.find((branch) => branch.length > 0 && !branch.some(refusesType));
    if (tried !== undefined && typeof issue.input === 'object') {
      return tried.flatMap((inner) => fileProblems({ ...inner, path: [...issue.path, ...inner.path] }, problemAt));
    }
  }
  const name = pathName(path);
  if (issue.input === undefined) return [problemAt(path.slice(0, -1), `${name} is missing.`, missingHint(path))];
  const advice = wandbValueAdvice(path, issue.input) ?? adviceFor(issue);
  return [problemAt(path, `${name} must be ${expectation(issue)}, not ${showValue(issue.input)}.`, advice)];
}

/** Whether the whole value has another type than a branch of a union wants. */
function refusesType({ path, code }: z.core.$ZodIssue): boolean {
  return path.length === 0 && (code === 'invalid_type' || code === 'invalid_union');
}

/** `parameters.rtol.values[1]`. */
export function pathName(path: Path): string {
  if (path.length === 0) return 'A sweep file';
  return path.reduce<string>(
    (name, part) => (typeof part === 'number' ? `${name}[${part}]` : name === '' ? part : `${name}.${part}`),
    '',
  );
}

function within(path: Path): string {
  return path.length === 0 ? '' : ` in ${pathName(path)}`;
}

function keyHint(path: Path, key: string): string {
  if (path.length === 0 && Object.hasOwn(trainingShape, key)) {
    return `It is a parameter: indent it under \`parameters:\`.`;
  }
  return wandbKeyAdvice(path, key) ?? suggestName(key, keysAt(path));
}

function keysAt(path: Path): readonly string[] {
  if (path.length === 0) return Object.keys(fileSchema.shape);
  if (path[0] === 'parameters') return path.at(-1) === 'log_grid' ? logGridKeys : parameterKeys;
  if (path[0] === 'early_terminate') return ruleKeys;
  return path[0] === 'trial' ? trialKeys : objectiveKeys;
}

function missingHint(path: Path): string | undefined {
  const [name] = path;
  if (path.length !== 1 || !Object.hasOwn(fileSchema.shape, name)) return undefined;
  const schema: z.ZodType = fileSchema.shape[name as keyof typeof fileSchema.shape];
  if (schema.description === undefined) return undefined;
  return `It is ${schema.description}.${name === 'task' ? ' For another program, give `command` instead.' : ''}`;
}
