/** One step of the schema's history. Once released it is frozen: a change is a new migration. */
export interface Migration {
  /** Consecutive from 1; the database keeps the number of the last one applied as its version. */
  readonly version: number;
  readonly name: string;
  /** Statements in SQLite's dialect, run in one transaction together with the new version. */
  readonly statements: readonly string[];
}
