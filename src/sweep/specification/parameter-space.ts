/**
 * From the entries of a sweep file to the space of its parameters, and back from a value to its place.
 */
import type { Domain, Point, Space } from '../../samplers/domain.js';
import type { SweepFile } from './file-schema.js';
import { pathName, type ProblemAt } from './file-problems.js';
import { parameterDomain } from './parameter-domain.js';
import type { ParameterEntry } from './parameter-schema.js';
import type { Problem } from './problem.js';
import type { Path } from './yaml-source.js';

/** Where value `index` of a parameter's domain stands; the whole entry without an index. */
export type PlaceOf = (name: string, index?: number) => Path;

export interface ParameterSpace {
  /** What each parameter may be, in the order of the file. */
  readonly domains: Space;
  /** What varies by itself: as `domains`, but zipped parameters are one axis, with the numbers of `zips` as its values. */
  readonly axes: Space;
  /** The values of zipped parameters, by their axis. */
  readonly zips: ReadonlyMap<string, readonly Point[]>;
  /** Conditions of parameters that do not always vary. */
  readonly whens: ReadonlyMap<string, string>;
  readonly placeOf: PlaceOf;
  readonly problems: readonly Problem[];
}

interface Entry {
  readonly name: string;
  readonly path: Path;
  readonly entry: ParameterEntry;
}

/** @param isWrittenAsReal whether the number at a path is written with a point or an exponent */
export function readParameterSpace(
  file: SweepFile,
  problemAt: ProblemAt,
  isWrittenAsReal: (path: Path) => boolean,
): ParameterSpace {
  const problems: Problem[] = [];
  const domains = new Map<string, Domain>();
  const whens = new Map<string, string>();
  const places = new Map<string, Entry>();
  for (const found of entries(file)) {
    const { name, path, entry } = found;
    const other = places.get(name);
    const result = parameterDomain(entry, (key) => isWrittenAsReal([...path, key]));
    if (result.state === 'wrong') {
      problems.push(problemAt(result.key === null ? path : [...path, result.key], `${name} ${result.message}.`));
    } else if (other !== undefined) {
      const message = `${settingOf(path)} sets the parameter ${name}, which ${standsIn(other.path)} as well.`;
      problems.push(problemAt(path, message, 'Keep one of the two.', 'key'));
    } else {
      domains.set(name, result.domain);
      places.set(name, found);
      if (typeof entry === 'object' && 'when' in entry && entry.when !== undefined) whens.set(name, entry.when);
      if (file.method === 'grid' && result.domain.kind === 'range') problems.push(rangeInGrid(name, path, problemAt));
    }
  }
  const { zips, problems: zipProblems } = readZips(file, problemAt);
  const placeOf: PlaceOf = (name, index) => {
    const { path, entry } = places.get(name) ?? { path: ['parameters', name], entry: [] };
    return index === undefined ? path : [...path, ...valuePath(entry, index)];
  };
  return { domains, axes: axesOf(domains, zips), zips, whens, placeOf, problems: [...problems, ...zipProblems] };
}

function* entries(file: SweepFile): Generator<Entry> {
  for (const [name, entry] of Object.entries(file.parameters)) yield { name, path: ['parameters', name], entry };
  for (const [index, lists] of (file.zip ?? []).entries()) {
    for (const [name, entry] of Object.entries(lists)) yield { name, path: ['zip', index, name], entry };
  }
  if (file.engine !== undefined) yield { name: 'engine', path: ['engine'], entry: file.engine };
  if (file.dtype !== undefined) yield { name: 'dtype', path: ['dtype'], entry: file.dtype };
  if (file.repeats !== undefined) {
    const entry = Array.from({ length: file.repeats }, (_, seed) => seed);
    yield { name: 'seed', path: ['repeats'], entry };
  }
}

/** The setting that a path lies in: `engine`, `zip[0]`. */
function settingOf(path: Path): string {
  return path[0] === 'zip' ? pathName(path.slice(0, 2)) : String(path[0]);
}

function standsIn(path: Path): string {
  return path[0] === 'zip' ? `stands in \`${settingOf(path)}\`` : 'stands under `parameters`';
}

function readZips(
  { zip = [] }: SweepFile,
  problemAt: ProblemAt,
): { readonly zips: ReadonlyMap<string, readonly Point[]>; readonly problems: readonly Problem[] } {
  const zips = new Map<string, readonly Point[]>();
  const problems: Problem[] = [];
  for (const [index, lists] of zip.entries()) {
    const names = Object.keys(lists);
    const [first, ...others] = names;
    if (names.length === 0) {
      problems.push(problemAt(['zip', index], `zip[${index}] needs parameters with their lists, but is empty.`));
      continue;
    }
    const { length } = lists[first];
    for (const name of others) {
      if (lists[name].length === length) continue;
      const message = `The lists of zip[${index}] advance together, but ${first} has ${length} and ${name} ${lists[name].length}.`;
      problems.push(problemAt(['zip', index, name], message, 'Give both the same number of values.'));
    }
    const rows = Array.from({ length }, (_, row) => Object.fromEntries(names.map((name) => [name, lists[name][row]])));
    zips.set([...names].sort().join(' & '), rows);
  }
  return { zips, problems };
}

function axesOf(domains: Space, zips: ReadonlyMap<string, readonly Point[]>): Space {
  const axisOf = new Map(
    Array.from(zips, ([axis, [row]]) => Object.keys(row).map((name) => [name, axis] as const)).flat(),
  );
  const axes = new Map<string, Domain>();
  for (const [name, domain] of domains) {
    const axis = axisOf.get(name);
    const rows = axis === undefined ? undefined : zips.get(axis);
    if (axis === undefined || rows === undefined) axes.set(name, domain);
    else axes.set(axis, { kind: 'values', values: Array.from(rows.keys()) });
  }
  return axes;
}

function rangeInGrid(name: string, path: Path, problemAt: ProblemAt): Problem {
  const message = `${name} is a range, but a grid needs listed values.`;
  return problemAt(path, message, 'Use values or log_grid, or another method, such as `method: sobol`, with run_cap.');
}

function valuePath(entry: ParameterEntry, index: number): Path {
  if (Array.isArray(entry)) return [index];
  if (typeof entry !== 'object') return [];
  if (entry.values !== undefined) return ['values', index];
  if (entry.value !== undefined) return ['value'];
  return entry.log_grid === undefined ? [index === 0 ? 'min' : 'max'] : ['log_grid'];
}
