/** Reads what the views mean out of their own definitions, where the migration wrote it as comments. */
import type { ViewDescription } from './reader.js';

export interface ViewDefinition {
  readonly name: string;
  /**
   * The CREATE VIEW statement as stored: the comment on its second line describes the view, a comment
   * behind `… AS column,` the column.
   */
  readonly sql: string;
  /** Names in order, as the database reports them. */
  readonly columns: readonly string[];
}

/** A column that its view does not describe means what the first view that does describe it says. */
export function describeViews(views: readonly ViewDefinition[]): readonly ViewDescription[] {
  const own = views.map(({ sql }) => columnComments(sql));
  return views.map(({ name, sql, columns }, index) => ({
    name,
    description: /^CREATE VIEW[^\n]*\n-- (.+)$/m.exec(sql)?.[1] ?? '',
    columns: columns.map((column) => ({
      name: column,
      description: own[index]?.get(column) ?? own.find((comments) => comments.has(column))?.get(column) ?? '',
    })),
  }));
}

/** Comments behind columns, by column. */
function columnComments(sql: string): ReadonlyMap<string, string> {
  const comments = sql.matchAll(/\bAS (\w+),? *-- (.+)$/gm);
  return new Map(Array.from(comments, ([, column = '', comment = '']) => [column, comment]));
}
