/**
 * Overrides on the command line, in the grammar of Hydra's sweeper: `rtol=1e-3,1e-5`, `'epochs=range(1,4)'`,
 * `choice(a,b)`, `interval(0,1)`, `+key=value` (add), `~key` (remove); and `[a,b]`, `log_grid(1e-5,1e-3,3)`.
 *
 * A name that is a setting of the sweep file (seed, repeats, workers, …) sets it; any other name is a
 * parameter, and `parameters.NAME` always is. Of settings that mean the same parameter (repeats and
 * parameters.seed, engine and parameters.engine) an override replaces the other. Nothing may be set twice: which of the
 * two was meant, nobody can tell. Other values leave a parameter its `when`.
 */
import { UserError } from '../../errors.js';
import type { Scalar } from '../../samplers/domain.js';
import { fileSchema } from './file-schema.js';

export interface AppliedOverrides {
  readonly data: Readonly<Record<string, unknown>>;
  /** The argument that set a setting (`workers`) or parameter (`parameters.rtol`). */
  readonly origins: ReadonlyMap<string, string>;
}

/** What an override sets: `trial.memory_mb` is `memory_mb` in the group `trial`. */
interface Target {
  readonly group: 'parameters' | 'trial' | 'early_terminate' | null;
  readonly name: string;
}

type Mapping = Record<string, unknown>;

/** Parameters that settings of the file stand for. */
const seedTarget: Target = { group: 'parameters', name: 'seed' };
const repeatsTarget: Target = { group: null, name: 'repeats' };

/** @param data of the sweep file; not changed @throws UserError naming the argument that means nothing */
export function applyOverrides(
  data: Readonly<Record<string, unknown>>,
  overrides: readonly string[],
): AppliedOverrides {
  const result: Mapping = { ...data };
  const origins = new Map<string, string>();
  for (const override of overrides) {
    const match = /^([+~]?)([\p{L}_][\p{L}\p{N}_.-]*)(?:=([^]*))?$/u.exec(override);
    const [, sign, name, value] = (match ?? []) as (string | undefined)[];
    if (name === undefined || name.includes('__proto__') || (sign === '~') !== (value === undefined)) {
      throw overrideError(override, 'is not of the form key=value, +key=value or ~key');
    }
    const target = targetOf(name);
    if (value === undefined) {
      if (!remove(result, target)) throw overrideError(override, `removes "${name}", which is not set`);
      origins.delete(pathOf(target));
      continue;
    }
    const others = sameParameter(target);
    const earlier = [target, ...others].flatMap((set) => origins.get(pathOf(set)) ?? []);
    if (earlier.length > 0) throw overrideError(override, `sets again what \`${earlier[0]}\` has set`);
    for (const other of others) remove(result, other);
    if (target.group === 'early_terminate' && Array.isArray(result.early_terminate)) {
      throw overrideError(override, 'sets a key of early_terminate, which is a list of rules here');
    }
    const parsed =
      target.group === 'parameters'
        ? { ...conditionOf(result, target), ...parameterValue(override, value) }
        : settingValue(override, target, value);
    set(result, target, parsed);
    origins.set(pathOf(target), override);
  }
  return { data: result, origins };
}

function targetOf(name: string): Target {
  const [, group, rest] = /^(parameters|trial|early_terminate)\.(.+)$/.exec(name) ?? [];
  if (group === 'parameters' || group === 'trial' || group === 'early_terminate') return { group, name: rest };
  // Engines and dtypes may be swept, so their overrides are parameters: several values are welcome.
  const isSetting = Object.hasOwn(fileSchema.shape, name) && !['engine', 'dtype', 'parameters'].includes(name);
  return { group: isSetting ? null : 'parameters', name };
}

function pathOf({ group, name }: Target): string {
  return group === null ? name : `${group}.${name}`;
}

function sameParameter({ group, name }: Target): readonly Target[] {
  if (group === null) return name === 'repeats' ? [seedTarget] : [];
  if (group !== 'parameters') return [];
  if (name === 'seed') return [repeatsTarget];
  return name === 'engine' || name === 'dtype' ? [{ group: null, name }] : [];
}

function remove(data: Mapping, { group, name }: Target): boolean {
  if (group === null) return Object.hasOwn(data, name) && Reflect.deleteProperty(data, name);
  const members = data[group];
  if (!isMapping(members) || !Object.hasOwn(members, name)) return false;
  data[group] = Object.fromEntries(Object.entries(members).filter(([member]) => member !== name));
  return true;
}

function set(data: Mapping, { group, name }: Target, value: unknown): void {
  if (group === null) data[name] = value;
  else {
    const members = data[group];
    // What is no mapping stays: the schema tells what is wrong with it.
    if (members === undefined || members === null || isMapping(members)) data[group] = { ...members, [name]: value };
  }
}

/** The `when` of a parameter of the file. */
function conditionOf({ parameters }: Mapping, { name }: Target): Mapping {
  const entry = isMapping(parameters) && Object.hasOwn(parameters, name) ? parameters[name] : undefined;
  return isMapping(entry) && Object.hasOwn(entry, 'when') ? { when: entry.when } : {};
}

/** Settings that are text take the argument as it stands, commas and all. */
function settingValue(override: string, { group, name }: Target, text: string): unknown {
  const trimmed = text.trim();
  if (group === null && !/^(['"]).*\1$/s.test(trimmed)) {
    const schema = fileSchema.shape[name as keyof typeof fileSchema.shape];
    if (schema.safeParse(trimmed).success) return trimmed;
    const list = /^\[([^]+)\]$/.exec(trimmed);
    if (list !== null) return splitList(override, list[1]).map(parseScalar);
    if (trimmed.includes(',')) {
      const seeds = name === 'seed' ? ' (seeds of trials: repeats=3, or parameters.seed=1,2)' : '';
      throw overrideError(override, `sets several values, but the setting ${name} takes one${seeds}`);
    }
  }
  return parseScalar(trimmed);
}

function parameterValue(override: string, text: string): Mapping {
  const listed = text.trim().replace(/^\[([^]*)\]$/, 'choice($1)');
  const call = /^(?<name>range|choice|interval|log_grid)\((?<body>[^]*)\)$/.exec(listed);
  if (call === null) {
    const values = splitList(override, text).map(parseScalar);
    return values.length === 1 ? { value: values[0] } : { values };
  }
  const { name, body } = call.groups ?? {};
  const values = splitList(override, body).map(parseScalar);
  if (name === 'choice') return { values };
  const numbers = values.filter((value) => typeof value === 'number');
  if (numbers.length !== values.length) throw overrideError(override, `needs numbers in ${name}(…)`);
  if (name === 'range') return { values: rangeValues(override, numbers) };
  const [min, max, count] = numbers;
  if (name === 'interval') {
    if (numbers.length !== 2) throw overrideError(override, 'needs interval(min,max)');
    return { min, max, distribution: 'uniform' };
  }
  if (numbers.length !== 3) throw overrideError(override, 'needs log_grid(min,max,count)');
  return { log_grid: { min, max, count } };
}

/** No plan has more cells. */
const mostValues = 1_000_000;

/** range(start, stop[, step]): stop excluded, as in Hydra and Python. */
function rangeValues(override: string, numbers: readonly number[]): readonly number[] {
  const [start, stop] = numbers.length === 1 ? [0, numbers[0]] : numbers;
  const step = numbers.length === 3 ? numbers[2] : 1;
  const count = Math.ceil((stop - start) / step - 1e-9);
  if (numbers.length > 3 || !(count >= 1) || count === Infinity) {
    throw overrideError(override, 'needs range(start,stop) or range(start,stop,step) with at least one value');
  }
  if (count > mostValues) throw overrideError(override, `has ${count} values, but ${mostValues} are the most`);
  return Array.from({ length: count }, (_, k) => Number((start + k * step).toPrecision(12)));
}

/** Splits at commas outside quotes. */
function splitList(override: string, text: string): readonly string[] {
  const items = text.match(/\s*(?:'[^']*'|"[^"]*"|[^,'"]*)\s*(?:,|$)/g) ?? [];
  const trimmed = items.map((item) => item.replace(/,$/, '').trim());
  if (!text.trimEnd().endsWith(',') && items.at(-1) === '') trimmed.pop();
  if (items.join('').length !== text.length || trimmed.length === 0 || trimmed.includes('')) {
    throw overrideError(override, 'has an empty value or a quote in the middle of one');
  }
  return trimmed;
}

function parseScalar(text: string): Scalar {
  const quoted = /^(['"])([^]*)\1$/.exec(text);
  if (quoted !== null) return quoted[2];
  if (text === 'true' || text === 'false') return text === 'true';
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : text;
}

function overrideError(override: string, what: string): UserError {
  return new UserError('usage', `The override \`${override}\` ${what}.`, {
    hint: "Examples: rtol=1e-3,1e-5  'error_weight=range(0,1,0.25)'  solver=choice(tsit5,bosh3)  repeats=5  ~epochs",
  });
}

function isMapping(value: unknown): value is Readonly<Mapping> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
