/**
 * Queries that are built and compiled once and then only get other values: kysely takes longer to put a small query into
 * words than SQLite takes to run it.
 *
 * Invariant: a `Query` asks nothing of its values; it only hands each of them on, whole. What it makes of a set of names is
 * always the same text.
 */
import type { Compilable, CompiledQuery, Kysely } from 'kysely';
import type { Tables } from './tables.js';

/** From values by name to a query; module-level, since it is remembered by its identity. */
export type Query<Values, Row> = (database: Kysely<Tables>, values: Values) => Compilable<Row>;

/** Stands for the value of this name while a query is compiled. */
class Slot {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

export class PreparedQueries {
  readonly #compiled = new Map<unknown, CompiledQuery>();

  /** Runs the query in the transaction. @returns its rows */
  async run<Values extends object, Row>(
    transaction: Kysely<Tables>,
    query: Query<Values, Row>,
    values: Values,
  ): Promise<readonly Row[]> {
    let compiled = this.#compiled.get(query);
    if (compiled === undefined) {
      const slots = Object.fromEntries(Object.keys(values).map((name) => [name, new Slot(name)]));
      compiled = query(transaction, slots as Values).compile();
      this.#compiled.set(query, compiled);
    }
    const parameters = compiled.parameters.map((parameter) =>
      parameter instanceof Slot ? (values as Readonly<Record<string, unknown>>)[parameter.name] : parameter,
    );
    const { rows } = await transaction.executeQuery<Row>({ ...compiled, parameters });
    return rows;
  }
}
