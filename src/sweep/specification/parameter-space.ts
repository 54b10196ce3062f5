/**
 * From the entries of a sweep file to the space of its parameters, and back from a value to its place.
 */
import type { Domain, Space } from '../../samplers/domain.js';
import type { ParameterEntry, SweepFile } from './file-schema.js';
import type { ProblemAt } from './file-problems.js';
import { parameterDomain } from './parameter-domain.js';
import type { Problem } from './problem.js';
import type { Path } from './yaml-source.js';

/** Where value `index` of a parameter's domain stands; the whole entry without an index. */
export type PlaceOf = (name: string, index?: number) => Path;

export interface ParameterSpace {
  /** In the order of the file. */
  readonly domains: Space;
  readonly placeOf: PlaceOf;
  readonly problems: readonly Problem[];
}

/** @param isWrittenAsReal whether the number at a path is written with a point or an exponent */
export function readParameterSpace(
  file: SweepFile,
  problemAt: ProblemAt,
  isWrittenAsReal: (path: Path) => boolean,
): ParameterSpace {
  const problems: Problem[] = [];
  const domains = new Map<string, Domain>();
  const places = new Map<string, { readonly path: Path; readonly entry: ParameterEntry }>();
  for (const { name, path, entry } of entries(file)) {
    const result = parameterDomain(entry, (key) => isWrittenAsReal([...path, key]));
    if (result.state === 'wrong') {
      problems.push(problemAt(result.key === null ? path : [...path, result.key], `${name} ${result.message}.`));
    } else if (domains.has(name)) {
      const message = `${String(path[0])} sets the parameter ${name}, which stands under \`parameters\` as well.`;
      problems.push(problemAt(path, message, 'Keep one of the two.', 'key'));
    } else {
      domains.set(name, result.domain);
      places.set(name, { path, entry });
      if (file.method === 'grid' && result.domain.kind === 'range') problems.push(rangeInGrid(name, path, problemAt));
    }
  }
  const placeOf: PlaceOf = (name, index) => {
    const { path, entry } = places.get(name) ?? { path: ['parameters', name], entry: [] };
    return index === undefined ? path : [...path, ...valuePath(entry, index)];
  };
  return { domains, placeOf, problems };
}

function* entries(file: SweepFile): Generator<{ name: string; path: Path; entry: ParameterEntry }> {
  for (const [name, entry] of Object.entries(file.parameters)) yield { name, path: ['parameters', name], entry };
  if (file.engine !== undefined) yield { name: 'engine', path: ['engine'], entry: file.engine };
  if (file.dtype !== undefined) yield { name: 'dtype', path: ['dtype'], entry: file.dtype };
  if (file.repeats !== undefined) {
    const entry = Array.from({ length: file.repeats }, (_, seed) => seed);
    yield { name: 'seed', path: ['repeats'], entry };
  }
}

function rangeInGrid(name: string, path: Path, problemAt: ProblemAt): Problem {
  const message = `${name} is a range, but a grid needs listed values.`;
  return problemAt(path, message, 'Use values or log_grid, or `method: random` with run_cap.');
}

function valuePath(entry: ParameterEntry, index: number): Path {
  if (Array.isArray(entry)) return [index];
  if (typeof entry !== 'object') return [];
  if (entry.values !== undefined) return ['values', index];
  if (entry.value !== undefined) return ['value'];
  return entry.log_grid === undefined ? [index === 0 ? 'min' : 'max'] : ['log_grid'];
}
