/** What a sweep file says of the program that its trials are, and what is wrong with it. */
import {
  defaultWords,
  isUnknownMacro,
  macroNames,
  referencedNames,
  unnamedParameters,
  variableOf,
  type CommandTemplate,
} from '../../programs/command-line.js';
import type { ProblemAt } from './file-problems.js';
import type { SweepFile } from './file-schema.js';
import { suggestName } from './nearest-name.js';
import type { Problem } from './problem.js';

/** Null where trials are those of a task. */
export function commandOf({ command, program }: SweepFile): CommandTemplate | null {
  if (command === undefined && program === undefined) return null;
  return { words: command ?? defaultWords, program: program ?? null };
}

/** @param names of the parameters */
export function* commandProblems(
  { words, program }: CommandTemplate,
  file: SweepFile,
  names: readonly string[],
  problemAt: ProblemAt,
): Generator<Problem> {
  if (file.task !== undefined) {
    const other = file.command === undefined ? 'program' : 'command';
    yield problemAt(['task'], `task and ${other} both say what a trial is.`, 'Keep one of the two.', 'key');
  }
  for (const [index, word] of words.entries()) {
    for (const name of referencedNames(word)) {
      if (names.includes(name)) continue;
      yield problemAt(['command', index], `The sweep has no parameter "${name}".`, suggestName(name, names));
    }
    if (isUnknownMacro(word)) {
      yield problemAt(['command', index], `There is no macro ${word}.`, suggestName(word, macroNames));
    } else if (word === '${program}' && program === null) {
      yield problemAt(['command', index], 'The command names ${program}, but the file has no key `program`.');
    }
  }
  const holders = new Map<string, string>();
  for (const name of names) {
    const variable = variableOf(name);
    const other = holders.get(variable);
    holders.set(variable, name);
    if (other === undefined) continue;
    const message = `${name} and ${other} would share the environment variable ${variable}.`;
    yield problemAt(['parameters', name], message, 'Rename one of them.', 'key');
  }
  if (file.executor !== undefined) {
    yield problemAt(['executor'], 'Another program always has a process of its own.', 'Remove the key.', 'key');
  }
  if (file.trial?.memory_mb !== undefined) {
    const hint = 'Remove the key; a program limits itself, e.g. by ulimit or its own settings.';
    yield problemAt(
      ['trial', 'memory_mb'],
      'memory_mb limits a JavaScript heap, which another program lacks.',
      hint,
      'key',
    );
  }
}

export function commandWarnings({ words }: CommandTemplate, names: readonly string[]): readonly string[] {
  return unnamedParameters(words, names).map(
    (name) => `The command does not name ${name}: the program finds it in its environment only.`,
  );
}
