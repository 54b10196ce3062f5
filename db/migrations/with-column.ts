/** A later migration's view: the text of an earlier one with one more column. */

/**
 * @param after name of the column behind which it stands
 * @param column its line: the expression, `AS name,`, and the comment by which `sweep sql` describes it
 * @throws if the view has no line that ends with that column
 */
export function withColumn(view: string, after: string, column: string): string {
  const line = new RegExp(`^.* AS ${after},.*$`, 'm');
  if (!line.test(view)) throw new Error(`The view has no column ${after}.`);
  return view.replace(line, (found) => `${found}\n  ${column}`);
}
