/**
 * The axes of a sweep as it is stored: the parameters in which its cells differ.
 *
 * A run with overrides may vary what the file holds fixed, or hold fixed what the file varies: tables of all
 * trials need every one of them.
 */
import type { Cell } from '../cell.js';

/** @param declared axes of the plan at hand, which come first and always belong */
export function varyingParameters(cells: readonly Cell[], declared: readonly string[]): readonly string[] {
  const varying = new Set(declared);
  const first = cells.at(0)?.parameters ?? {};
  for (const { parameters } of cells) {
    for (const name of Object.keys(parameters)) if (parameters[name] !== first[name]) varying.add(name);
  }
  return [...varying];
}
