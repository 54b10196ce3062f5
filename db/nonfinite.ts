/**
 * Numbers that a REAL column cannot keep: NaN and the infinities.
 *
 * SQLite turns NaN into NULL silently. The column holds NULL, and a JSON object beside it maps the
 * column's name to which number it was, so that `accuracy` NULL (none measured) stays distinct from NaN.
 */
import type { OwnMetrics } from '../src/training/trial.js';

type Kind = 'nan' | 'inf' | '-inf';

const values: Readonly<Record<Kind, number>> = { nan: NaN, inf: Infinity, '-inf': -Infinity };

type Numbers<Name extends string> = Readonly<Record<Name, number | null>>;

/** The columns with every non-finite number replaced by null, and `nonfinite` (null if all are finite). */
export function splitNonfinite<Name extends string>(
  columns: Numbers<Name>,
): Numbers<Name> & { readonly nonfinite: string | null } {
  const finite: Record<string, number | null> = {};
  const kinds: Record<string, Kind> = {};
  for (const [name, value] of Object.entries<number | null>(columns)) {
    const kind = value === null || Number.isFinite(value) ? null : kindOf(value);
    finite[name] = kind === null ? value : null;
    if (kind !== null) kinds[name] = kind;
  }
  const nonfinite = Object.keys(kinds).length === 0 ? null : JSON.stringify(kinds);
  return { ...(finite as Numbers<Name>), nonfinite };
}

/** As `splitNonfinite`, with a program's own metrics beside the columns: as JSON, null where there are none. */
export function splitMetrics<Name extends string>(
  columns: Numbers<Name>,
  own: OwnMetrics | undefined,
): Numbers<Name> & { readonly metrics: string | null; readonly nonfinite: string | null } {
  if (own === undefined) return { ...splitNonfinite(columns), metrics: null };
  const { nonfinite, ...numbers } = splitNonfinite<string>({ ...own, ...columns });
  const split = Object.entries(numbers);
  const isColumn = ([name]: readonly [string, unknown]): boolean => Object.hasOwn(columns, name);
  return {
    ...(Object.fromEntries(split.filter(isColumn)) as Numbers<Name>),
    metrics: JSON.stringify(Object.fromEntries(split.filter((entry) => !isColumn(entry)))),
    nonfinite,
  };
}

/** Reads number columns of a row back as they were written. */
export class NonfiniteReader<Row extends { readonly metrics: string | null; readonly nonfinite: string | null }> {
  readonly #row: Row;
  readonly #kinds: Readonly<Partial<Record<string, Kind>>>;

  constructor(row: Row) {
    this.#row = row;
    this.#kinds = row.nonfinite === null ? {} : (JSON.parse(row.nonfinite) as Partial<Record<string, Kind>>);
  }

  /** Null where nothing was measured. */
  optional(column: keyof Row & string): number | null {
    const value: unknown = this.#row[column];
    if (typeof value === 'number') return value;
    return this.#special(column);
  }

  /** @throws if nothing was stored: a broken invariant */
  required(column: keyof Row & string): number {
    const value = this.optional(column);
    if (value === null) throw new Error(`Column ${column} holds no number.`);
    return value;
  }

  /** A program's own metrics, as a member to spread; none where there are none. */
  metrics(): { readonly metrics?: OwnMetrics } {
    const { metrics } = this.#row;
    if (metrics === null) return {};
    const stored = Object.entries(JSON.parse(metrics) as Readonly<Record<string, number | null>>);
    return { metrics: Object.fromEntries(stored.map(([name, value]) => [name, value ?? this.#special(name) ?? NaN])) };
  }

  #special(name: string): number | null {
    const kind = this.#kinds[name];
    return kind === undefined ? null : values[kind];
  }
}

function kindOf(value: number): Kind {
  if (Number.isNaN(value)) return 'nan';
  return value > 0 ? 'inf' : '-inf';
}
