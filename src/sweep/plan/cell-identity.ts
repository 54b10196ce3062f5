/**
 * Canonical form and hash of a cell.
 *
 * Numbers are written in their shortest round-trip form (1.0 and 1 are the same cell, −0 is 0), keys are
 * sorted, defaults are filled in before: equal hashes mean equal work.
 *
 * A plan has up to a million cells, and they differ in a few of some fifty parameters: what they share is put into words
 * once.
 */
import { hash } from 'node:crypto';
import type { ParameterValue, ParameterValues } from '../../training/trial.js';
import type { Cell } from '../cell.js';

export function identifyCell(task: string, parameters: ParameterValues): Cell {
  return createCellIdentifier(task, parameters).identify({});
}

export interface CellIdentifier {
  /** The cell that has these parameters as well, or instead of fixed ones. */
  readonly identify: (varied: ParameterValues) => Cell;
  /** Its parameters alone. */
  readonly complete: (varied: ParameterValues) => ParameterValues;
}

/** @param fixed parameters of every cell */
export function createCellIdentifier(task: string, fixed: ParameterValues): CellIdentifier {
  let form = canonicalForm(task, fixed, {});
  const complete = (varied: ParameterValues): ParameterValues => {
    if (!hasNames(varied, form.given)) form = canonicalForm(task, fixed, varied);
    const parameters: Record<string, ParameterValue> = { ...form.parameters };
    for (const name of form.names) parameters[name] = withoutSign(varied[name]);
    return parameters;
  };
  const identify = (varied: ParameterValues): Cell => {
    const parameters = complete(varied);
    const { names, whole, unseeded, groups } = form;
    const words: string[] = [];
    const unseededWords: string[] = [];
    for (const name of names) {
      const word = JSON.stringify(parameters[name]);
      words.push(word);
      if (name !== 'seed') unseededWords.push(word);
    }
    // Without seeds that vary each group is one cell: there is nothing to remember.
    const repeated = words.length > unseededWords.length;
    const key = repeated ? unseededWords.join() : '';
    const group = groups.get(key) ?? sha256(fill(unseeded, unseededWords));
    if (repeated) groups.set(key, group);
    return { hash: sha256(fill(whole, words)), group, parameters };
  };
  return { identify, complete };
}

/** What cells have in common whose parameters of the same names vary. */
interface CanonicalForm {
  /** The names that vary, in the order in which they were given. */
  readonly given: readonly string[];
  /** The same in canonical order. */
  readonly names: readonly string[];
  /** Sorted; where they vary, those of some cell. */
  readonly parameters: ParameterValues;
  /** The text that is hashed, around the values that vary; the same without the seed. */
  readonly whole: readonly string[];
  readonly unseeded: readonly string[];
  /** Hashes of groups that have several cells, by the values that vary. */
  readonly groups: Map<string, string>;
}

function canonicalForm(task: string, fixed: ParameterValues, varied: ParameterValues): CanonicalForm {
  const all = { ...fixed, ...varied };
  const sorted = Object.keys(all).sort();
  const parameters = Object.fromEntries(sorted.map((name) => [name, withoutSign(all[name])]));
  const seedless = Object.fromEntries(Object.entries(parameters).filter(([name]) => name !== 'seed'));
  return {
    given: Object.keys(varied),
    names: Object.keys(parameters).filter((name) => Object.hasOwn(varied, name)),
    parameters,
    whole: textAround(task, parameters, varied),
    unseeded: textAround(task, seedless, varied),
    groups: new Map(),
  };
}

/** JSON of {parameters, task}, in pieces: between two of them belongs the next of the values that vary. */
function textAround(task: string, parameters: ParameterValues, varied: ParameterValues): readonly string[] {
  const pieces: string[] = [];
  let piece = '{"parameters":{';
  Object.entries(parameters).forEach(([name, value], index) => {
    piece += `${index === 0 ? '' : ','}${JSON.stringify(name)}:`;
    if (Object.hasOwn(varied, name)) {
      pieces.push(piece);
      piece = '';
    } else piece += JSON.stringify(value);
  });
  return [...pieces, `${piece}},"task":${JSON.stringify(task)}}`];
}

function fill(pieces: readonly string[], words: readonly string[]): string {
  let text = pieces[0];
  for (const [index, word] of words.entries()) text += word + pieces[index + 1];
  return text;
}

function hasNames(parameters: ParameterValues, names: readonly string[]): boolean {
  let index = 0;
  for (const name in parameters) {
    if (name !== names[index]) return false;
    index += 1;
  }
  return index === names.length;
}

function withoutSign(value: ParameterValue): ParameterValue {
  return value === 0 ? 0 : value;
}

function sha256(text: string): string {
  return hash('sha256', text, 'hex');
}
