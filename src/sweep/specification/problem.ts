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

/** Where a line of more characters is cut in a message, on both sides of the caret. */
const contextBefore = 60;
const contextAfter = 40;

/** All problems of a file as one error, in the order of the file; those without a place first. */
export function problemsError(source: SourceText, problems: readonly Problem[]): UserError {
  const ordered = [...problems].sort((a, b) => (a.offset ?? -1) - (b.offset ?? -1));
  const shown = ordered.map((problem) => describe(source, problem));
  const count = problems.length === 1 ? '' : `${problems.length} problems in ${source.file}:\n`;
  return new UserError('usage', count + shown.join('\n'));
}

function describe(source: SourceText, { message, offset, hint }: Problem): string {
  const advice = hint === undefined ? '' : `\n  ${hint}`;
  if (offset === null) return `${source.file}: ${message}${advice}`;
  const { line, before, after } = locate(source.text, offset);
  const gutter = `  ${line} | `;
  const shownBefore = before.length > contextBefore ? `…${before.slice(1 - contextBefore)}` : before;
  const shownAfter = after.length > contextAfter ? `${after.slice(0, contextAfter - 1)}…` : after;
  const caret = `${' '.repeat(gutter.length + Array.from(shownBefore).length)}^`;
  const place = `${source.file}:${line}:${Array.from(before).length + 1}`;
  return `${place}: ${message}\n${gutter}${shownBefore}${shownAfter}\n${caret}${advice}`;
}

/** The line of an offset, 1-based, split there; control characters are shown as spaces. */
function locate(text: string, offset: number): { line: number; before: string; after: string } {
  const upTo = text.slice(0, offset);
  const start = upTo.lastIndexOf('\n') + 1;
  const [after] = text.slice(offset).split('\n', 1);
  const visible = (part: string): string => part.replace(/\p{Cc}/gu, ' ');
  return { line: upTo.split('\n').length, before: visible(upTo.slice(start)), after: visible(after).trimEnd() };
}
