/**
 * What to write instead of what W&B's sweep files may say and ours may not.
 *
 * Source: the "sweep configuration" reference of W&B's documentation.
 */
import type { Path } from './yaml-source.js';

const besides = 'Write a range (uniform, log_uniform_values) or a list of values.';

const distributionAdvice: Readonly<Record<string, string>> = {
  log_uniform: 'It takes exponents of e: write log_uniform_values, with e^min for min and e^max for max.',
  q_log_uniform: 'It takes exponents of e: write q_log_uniform_values, with e^min for min and e^max for max.',
  inv_log_uniform: besides,
  inv_log_uniform_values: besides,
  normal: besides,
  q_normal: besides,
  log_normal: besides,
  q_log_normal: besides,
  beta: besides,
  q_beta: besides,
};

/** Undefined where W&B knows no such key there. */
export function wandbKeyAdvice(path: Path, key: string): string | undefined {
  const [room] = path;
  if (room === 'parameters' && key === 'parameters') {
    return `Write what is nested beside the others, e.g. as "${String(path.at(-1))}.name".`;
  }
  if (room === 'parameters' && (key === 'mu' || key === 'sigma')) return besides;
  if (room === 'parameters' && key === 'probabilities') return 'All values are equally likely: remove it.';
  if (room === 'metric' && key === 'target') return 'No value of an objective ends a sweep: remove it.';
  return undefined;
}

/** @param path of a value that is refused. Undefined where W&B takes no such value there. */
export function wandbValueAdvice(path: Path, value: unknown): string | undefined {
  if (path[0] !== 'parameters') return undefined;
  if (Array.isArray(value) && path.length > 2) {
    return `A list within a list is given as text, '${JSON.stringify(value)}', which the program reads as JSON.`;
  }
  return path.at(-1) === 'distribution' ? distributionAdvice[String(value)] : undefined;
}
