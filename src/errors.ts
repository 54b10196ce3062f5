/**
 * The one error class for "the user must act".
 *
 * Everything else that is thrown is a broken invariant: a plain `Error` with its stack, our bug.
 * Only the bin (`cli.ts`) turns either into an exit code.
 */

export type UserErrorCode =
  /** A command line, sweep file or option that means nothing: the user edits it. */
  | 'usage'
  /** The database cannot be opened, is newer than the program, is busy or read-only. */
  | 'database'
  /** Something the machine lacks: an engine, a data set, a permission. */
  | 'environment'
  /** A device that had started is gone: another attempt gets a new one. */
  | 'device_lost';

export class UserError extends Error {
  override readonly name = 'UserError';
  readonly code: UserErrorCode;
  /** What to do about it, as one imperative sentence. */
  readonly hint: string | undefined;

  /** @param message what was expected, what came and where. */
  constructor(code: UserErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
  }
}
