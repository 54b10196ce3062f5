/**
 * What a command has of the outside world, so that tests can run one against another terminal, environment
 * and folder.
 */
import { existsSync } from 'node:fs';
import type { ReadStream, WriteStream } from 'node:tty';
import { resolveDatabasePath } from '../../db/index.js';
import { UserError } from '../errors.js';

export interface CommandContext {
  readonly stdin: ReadStream;
  readonly stdout: WriteStream;
  readonly stderr: WriteStream;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly version: string;
}

/** How a command ended where it did not throw; only the bin turns it into an exit code. */
export type CommandEnd =
  | { readonly kind: 'ok' }
  /** The sweep ran to its end, but not every trial completed. */
  | { readonly kind: 'trials-failed' }
  /** Stopped by a signal before its end. */
  | { readonly kind: 'signal'; readonly signal: NodeJS.Signals };

/** Options that every command which reads a database has. */
export interface DatabaseOptions {
  readonly db?: string;
  readonly json?: boolean;
}

export function databasePath(context: CommandContext, options: DatabaseOptions): string {
  return resolveDatabasePath({ flag: options.db, env: context.environment });
}

/** Of a command that has nothing to do where there is none. @throws UserError if there is none */
export function existingDatabase(context: CommandContext, options: DatabaseOptions): string {
  const path = databasePath(context, options);
  if (existsSync(path)) return path;
  throw new UserError('database', `There is no database ${path}.`, { hint: 'Name another file with --db.' });
}

/** Whether escape sequences for bold and colour may be written to standard output. */
function usesColor({ stdout, environment }: CommandContext): boolean {
  return stdout.isTTY && (environment.NO_COLOR ?? '') === '' && environment.TERM !== 'dumb';
}

/** How wide tables may be: the terminal's width, or as wide as they like in a pipe. */
export function tableOptions(context: CommandContext): { readonly width?: number; readonly color: boolean } {
  const color = usesColor(context);
  return context.stdout.isTTY ? { width: context.stdout.columns, color } : { color };
}

/** One JSON document; numbers that JSON cannot write become "NaN", "Infinity", "-Infinity". */
export function writeJson({ stdout }: CommandContext, document: unknown): void {
  const text = JSON.stringify(
    document,
    (_, value: unknown) => (typeof value === 'number' && !Number.isFinite(value) ? String(value) : value),
    2,
  );
  stdout.write(`${text}\n`);
}
