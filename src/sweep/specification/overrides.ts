/**
 * Overrides on the command line, in the grammar of Hydra's sweeper: `rtol=1e-3,1e-5`, `'seed=range(1,4)'`,
 * `choice(a,b)`, `interval(0,1)`, `+key=value` (add), `~key` (remove).
 *
 * A name that is a setting of the sweep file (seed, repeats, workers, …) sets it; any other name is a
 * parameter. Seeds of trials are set by `repeats`.
 */
import { UserError } from '../../errors.js';
import type { Scalar } from '../../samplers/domain.js';
import { fileSchema } from './file-schema.js';

const settings = Object.keys(fileSchema.shape).filter((key) => key !== 'parameters');

export interface AppliedOverrides {
  readonly data: Readonly<Record<string, unknown>>;
  /** The argument that last set a setting (`workers`) or parameter (`parameters.rtol`). */
  readonly origins: ReadonlyMap<string, string>;
}

/** @param data of the sweep file; not changed @throws UserError naming the argument that means nothing */
export function applyOverrides(
  data: Readonly<Record<string, unknown>>,
  overrides: readonly string[],
): AppliedOverrides {
  const result: Record<string, unknown> = { ...data };
  const given = data.parameters;
  const parameters: Record<string, unknown> = isRecord(given) ? { ...given } : {};
  const origins = new Map<string, string>();
  for (const override of overrides) {
    const match = /^([+~]?)([A-Za-z_][\w.-]*)(?:=([^]*))?$/.exec(override);
    const [, sign, name, value] = (match ?? []) as (string | undefined)[];
    if (name === undefined || (sign === '~') !== (value === undefined)) {
      throw overrideError(override, 'is not of the form key=value, +key=value or ~key');
    }
    const isSetting = settings.includes(name);
    const target = isSetting ? result : parameters;
    if (value === undefined) {
      if (!Object.hasOwn(target, name)) throw overrideError(override, `removes "${name}", which the file does not set`);
      Reflect.deleteProperty(target, name);
      continue;
    }
    origins.set(isSetting ? name : `parameters.${name}`, override);
    target[name] = isSetting ? settingValue(override, value) : parameterValue(override, value);
  }
  if (Object.keys(parameters).length > 0 || given === undefined || isRecord(given)) result.parameters = parameters;
  return { data: result, origins };
}

function settingValue(override: string, text: string): unknown {
  const values = splitList(override, text).map(parseScalar);
  if (values.length !== 1) throw overrideError(override, 'sets several values, but the setting takes one');
  return values[0];
}

function parameterValue(override: string, text: string): unknown {
  const call = /^(?<name>range|choice|interval)\((?<body>[^]*)\)$/.exec(text.trim());
  if (call === null) {
    const values = splitList(override, text).map(parseScalar);
    return values.length === 1 ? { value: values[0] } : { values };
  }
  const { name, body } = call.groups ?? {};
  const values = splitList(override, body).map(parseScalar);
  if (name === 'choice') return { values };
  const numbers = values.filter((value) => typeof value === 'number');
  if (numbers.length !== values.length) throw overrideError(override, `needs numbers in ${name}(…)`);
  if (name === 'interval') {
    if (numbers.length !== 2) throw overrideError(override, 'needs interval(min,max)');
    return { min: numbers[0], max: numbers[1], distribution: 'uniform' };
  }
  return { values: rangeValues(override, numbers) };
}

/** range(start, stop[, step]): stop excluded, as in Hydra and Python. */
function rangeValues(override: string, numbers: readonly number[]): readonly number[] {
  const [start, stop] = numbers.length === 1 ? [0, numbers[0]] : numbers;
  const step = numbers.length === 3 ? numbers[2] : 1;
  const count = Math.ceil((stop - start) / step - 1e-9);
  if (numbers.length > 3 || !(count >= 1) || count > 1_000_000) {
    throw overrideError(override, 'needs range(start,stop) or range(start,stop,step) with at least one value');
  }
  return Array.from({ length: count }, (_, k) => Number((start + k * step).toPrecision(12)));
}

/** Splits at commas outside quotes. */
function splitList(override: string, text: string): readonly string[] {
  const items = text.match(/\s*(?:'[^']*'|"[^"]*"|[^,'"]*)\s*(?:,|$)/g) ?? [];
  const trimmed = items.map((item) => item.replace(/,$/, '').trim());
  if (!text.trimEnd().endsWith(',') && items.at(-1) === '') trimmed.pop();
  if (items.join('').length !== text.length || trimmed.length === 0 || trimmed.includes('')) {
    throw overrideError(override, 'has an empty value or a quote that does not end');
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

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
