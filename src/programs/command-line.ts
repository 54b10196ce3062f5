/**
 * The words by which a program is started, from the command of a sweep file and the parameters of a cell.
 *
 * `{name}` within a word is the value of a parameter. Whole words may be macros of W&B's sweep files: `${env}`,
 * `${interpreter}`, `${program}`, `${args}` (--name=value …), `${args_no_hyphens}` (name=value …),
 * `${args_no_boolean_flags}` (--flag where true, nothing where false) and `${args_json}`. A command that names no
 * parameter in any of these ways gets `${args}` at its end.
 *
 * Invariant: a value is always within one word: no shell sees it.
 */
import type { ParameterValue, ParameterValues } from '../training/trial.js';

export interface CommandTemplate {
  readonly words: readonly string[];
  /** What `${program}` stands for. */
  readonly program: string | null;
}

/** W&B's, for a file that names a program only. */
export const defaultWords = ['${env}', '${interpreter}', '${program}', '${args}'] as const;

type Macro = (parameters: ParameterValues, program: string | null) => readonly string[];

const each = (
  parameters: ParameterValues,
  word: (name: string, value: ParameterValue) => readonly string[],
): string[] => Object.entries(parameters).flatMap(([name, value]) => word(name, value));

const argumentsOf: Macro = (parameters) => each(parameters, (name, value) => [`--${name}=${value}`]);

const macros: Readonly<Record<string, Macro>> = {
  '${env}': () => (process.platform === 'win32' ? [] : ['/usr/bin/env']),
  '${interpreter}': () => ['python'],
  '${program}': (_, program) => (program === null ? [] : [program]),
  '${args}': argumentsOf,
  '${args_no_hyphens}': (parameters) => each(parameters, (name, value) => [`${name}=${value}`]),
  '${args_no_boolean_flags}': (parameters) =>
    each(parameters, (name, value) => {
      if (typeof value === 'boolean') return value ? [`--${name}`] : [];
      return [`--${name}=${value}`];
    }),
  '${args_json}': (parameters) => [JSON.stringify(parameters)],
};

/** The macros that there are, for "did you mean". */
export const macroNames = Object.keys(macros);

const reference = /(?<!\$)\{([\p{L}_][\p{L}\p{N}_.-]*)\}/gu;
const macroForm = /^\$\{[^}]*\}$/;

/** The environment variable that holds a parameter: the same one for names that differ in case or punctuation alone. */
export function variableOf(parameter: string): string {
  return `SWEEP_PARAM_${parameter.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`;
}

export function commandLine({ words, program }: CommandTemplate, parameters: ParameterValues): readonly string[] {
  const given = words.flatMap((word) => {
    if (Object.hasOwn(macros, word)) return macros[word](parameters, program);
    return [word.replace(reference, (_, name: string) => String(parameters[name]))];
  });
  return namesParameters(words) ? given : [...given, ...argumentsOf(parameters, program)];
}

/** Parameters that a word names by `{name}`. */
export function referencedNames(word: string): readonly string[] {
  return Object.hasOwn(macros, word) ? [] : Array.from(word.matchAll(reference), ([, name]) => name);
}

/** Whether the word has the form of a macro, but is none. */
export function isUnknownMacro(word: string): boolean {
  return macroForm.test(word) && !Object.hasOwn(macros, word);
}

/** Those of the parameters that the program learns from its environment only. */
export function unnamedParameters(words: readonly string[], names: readonly string[]): readonly string[] {
  if (!namesParameters(words) || words.some((word) => word.startsWith('${args'))) return [];
  const named = new Set(words.flatMap(referencedNames));
  return names.filter((name) => !named.has(name));
}

/** The command as one line, by which a sweep and its cells know it: another command is other work. */
export function commandText({ words, program }: CommandTemplate): string {
  return words
    .map((word) => (word === '${program}' ? (program ?? word) : word))
    .map((word) => (/^[^\s"'\\]+$/.test(word) ? word : JSON.stringify(word)))
    .join(' ');
}

function namesParameters(words: readonly string[]): boolean {
  return words.some((word) => word.startsWith('${args') || referencedNames(word).length > 0);
}
