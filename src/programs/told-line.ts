/**
 * One line of a program's standard output: something that it tells, or text for people.
 *
 *   {"epoch": 3, "loss": 0.12, "nfe": 86, …}   after each epoch; `epochs` beside it says how many there will be
 *   {"progress": 0.3}                          share done, in [0, 1]
 *   {"result": {"loss": 0.1, "nfe": 80, …}}    in the end; without it the last epoch's figures count
 *   {"environment": {"jax": "0.7.0", …}}       versions; `device`, `dtype` and `parameters` (their number) by these names
 *
 * JSON as Python writes it: NaN, Infinity and -Infinity are numbers. Members that are no numbers are left alone.
 */
export type Figures = Readonly<Record<string, number>>;

export type ToldLine =
  | { readonly kind: 'epoch'; readonly epoch: number; readonly epochs: number | null; readonly figures: Figures }
  | { readonly kind: 'progress'; readonly fraction: number }
  | { readonly kind: 'result'; readonly figures: Figures }
  | { readonly kind: 'environment'; readonly facts: Readonly<Record<string, string>> }
  /** Meant for people. */
  | { readonly kind: 'text' }
  /** Looks as if it were meant for us, but is not JSON, or not what it should be. */
  | { readonly kind: 'malformed' };

const text = { kind: 'text' } as const;
const malformed = { kind: 'malformed' } as const;
const told = ['epoch', 'progress', 'result', 'environment'] as const;

export function readToldLine(line: string): ToldLine {
  if (!/^\s*\{/.test(line)) return text;
  const data = parseTold(line);
  if (!isRecord(data)) return /"(?:epoch|progress|result|environment)"/.test(line) ? malformed : text;
  return toldBy(data);
}

/** What a line says that has been parsed. */
export function toldBy(data: Readonly<Record<string, unknown>>): ToldLine {
  const kind = told.find((key) => Object.hasOwn(data, key));
  if (kind === undefined) return text;
  const value = data[kind];
  switch (kind) {
    case 'epoch': {
      if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1) return malformed;
      const figures = new Map(Object.entries(numbersOf(data)));
      const epochs = figures.get('epochs') ?? null;
      for (const name of ['epoch', 'epochs']) figures.delete(name);
      return { kind, epoch: value, epochs, figures: Object.fromEntries(figures) };
    }
    case 'progress':
      return typeof value === 'number' && value >= 0 && value <= 1 ? { kind, fraction: value } : malformed;
    case 'result':
      return isRecord(value) ? { kind, figures: numbersOf(value) } : malformed;
    case 'environment':
      return isRecord(value) ? { kind, facts: textsOf(value) } : malformed;
    default:
      return kind satisfies never;
  }
}

/** Strings first, so that a NaN within one stays text. */
const token = /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g;
/** Before a number that JSON cannot write; no program writes this character by accident. */
const mark = '\u0001';

/** JSON as Python writes it; undefined if it is none. */
export function parseTold(line: string): unknown {
  const writable = line.replace(token, (found) => (found.startsWith('"') ? found : JSON.stringify(mark + found)));
  try {
    return JSON.parse(writable, (_key, value: unknown) =>
      typeof value === 'string' && value.startsWith(mark) ? Number(value.slice(1)) : value,
    );
  } catch {
    return undefined;
  }
}

function numbersOf(record: Readonly<Record<string, unknown>>): Figures {
  return Object.fromEntries(
    Object.entries(record).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  );
}

function textsOf(record: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(record).flatMap(([name, value]) =>
      typeof value === 'string' || typeof value === 'number' ? [[name, String(value)] as const] : [],
    ),
  );
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
