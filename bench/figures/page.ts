/** Tables of the page docs/numerics.md: what stands between their marks is replaced, the rest is by hand. */

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

/** @throws Error if the page has no place for a table of this name */
export function withTable(page: string, name: string, { columns, rows }: Table): string {
  const start = `<!-- table: ${name} -->\n`;
  const end = '<!-- end -->';
  const from = page.indexOf(start);
  const to = page.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`docs/numerics.md has no place for the table ${name}.`);
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
  const lines = [line(columns), line(columns.map(() => '---')), ...rows.map(line)];
  return `${page.slice(0, from)}${start}\n${lines.join('\n')}\n\n${page.slice(to)}`;
}

/** A figure of two digits, as a table shows errors. */
export function brief(value: number): string {
  return value === 0 ? '0' : value.toExponential(1).replace('e+', 'e');
}
