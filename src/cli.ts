#!/usr/bin/env node
/**
 * The bin: builds the program, runs one command, and turns how it ended into an exit code (nobody else
 * knows them).
 */
import { constants } from 'node:os';
import { CommanderError } from 'commander';
import type { CommandEnd } from './commands/command-context.js';
import { createProgram } from './commands/program.js';
import { UserError, type UserErrorCode } from './errors.js';
import { programVersion } from './program-version.js';

const exitCodes: Readonly<Record<UserErrorCode, number>> = { usage: 2, environment: 2, device_lost: 2, database: 3 };
/** Our bug (EX_SOFTWARE of sysexits.h): 1 already says that trials failed. */
const bug = 70;

async function main(): Promise<number> {
  const version = programVersion();
  const { stdin, stdout, stderr, env } = process;
  let ended: CommandEnd = { kind: 'ok' };
  try {
    const context = { stdin, stdout, stderr, environment: env, version };
    await createProgram(context, (end) => (ended = end)).parseAsync();
    return exitCodeOf(ended);
  } catch (error) {
    // Commander has written its message; its own code 1 means wrong usage.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage;
    if (error instanceof UserError) {
      stderr.write(`Error: ${error.message}\n`);
      if (error.hint !== undefined) stderr.write(`${error.hint}\n`);
      return exitCodes[error.code];
    }
    stderr.write(`This is a bug of paretode: please report it with what follows.\n`);
    stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return bug;
  }
}

function exitCodeOf(end: CommandEnd): number {
  switch (end.kind) {
    case 'ok':
      return 0;
    case 'trials-failed':
      return 1;
    case 'signal':
      return 128 + constants.signals[end.signal];
  }
}

// A reader that closes the pipe (`sweep trials | head`) or a terminal that is gone is no error of ours. A disk that is full
// costs the report, not the run, whose results are elsewhere.
const readerIsGone = ['EPIPE', 'EIO', 'ENXIO', 'EBADF'];
const diskIsFull = ['ENOSPC', 'EDQUOT', 'EFBIG'];
const unwritten = new Set<NodeJS.WriteStream>();
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    const code = error.code ?? '';
    if (readerIsGone.includes(code)) return;
    if (!diskIsFull.includes(code)) throw error;
    if (stream === process.stdout && !unwritten.has(stream)) {
      process.stderr.write(`Error: What standard output goes to is full (${code}): the rest is not written.\n`);
    }
    unwritten.add(stream);
  });
}
const exitCode = await main();
process.exitCode = exitCode === 0 && unwritten.has(process.stdout) ? exitCodes.environment : exitCode;
