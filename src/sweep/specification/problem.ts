/**
 * What is wrong with a sweep file or an override, and how it is told: where, with the line and a caret.
 */
import { UserError } from '../../errors.js';

export interface Problem {
  /** What was expected and what came. */
  readonly message: string;
  /** Offset in the file's text; null where the problem has no place in it. */
  readonly offset: number | null;
  readonly hint?: string;
}

/** The text that problems point into. */
export interface SourceText {
  readonly file: string;
  readonly text: string;
}

/** All problems of a file as one error. */
export function problemsError(source: SourceText, problems: readonly Problem[]): UserError {
  const shown = problems.map((problem) => describe(source, problem));
  const count = problems.length === 1 ? '' : `${problems.length} problems in ${source.file}:\n`;
  return new UserError('usage', count + shown.join('\n'));
}

function describe(source: SourceText, { message, offset, hint }: Problem): string {
  const advice = hint === undefined ? '' : `\n  ${hint}`;
  if (offset === null) return `${source.file}: ${message}${advice}`;
  const { line, column, content } = locate(source.text, offset);
  const gutter = `  ${line} | `;
  return `${source.file}:${line}:${column}: ${message}\n${gutter}${content}\n${' '.repeat(gutter.length + column - 1)}^${advice}`;
}

function locate(text: string, offset: number): { line: number; column: number; content: string } {
  const before = text.slice(0, offset);
  const start = before.lastIndexOf('\n') + 1;
  const end = text.indexOf('\n', offset);
  const content = text.slice(start, end < 0 ? undefined : end).replace(/[\t\r]/g, ' ');
  return { line: before.split('\n').length, column: offset - start + 1, content };
}
