/**
 * The built bin as a user starts it, in a process of its own. Needs `npm run build`, which `npm test` does first.
 */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

export const bin = fileURLToPath(new URL('../../dist/src/cli.js', import.meta.url));

export function sweepFile(name: string): string {
  return fileURLToPath(new URL(`../fixtures/sweeps/${name}`, import.meta.url));
}

export interface SweepProcessOptions {
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** What standard input gives; default: nothing. */
  readonly input?: string;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface SweepProcess {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly ended: Promise<Ended>;
}

const changesOutput: readonly string[] = ['SWEEP_DB', 'npm_execpath', 'NO_COLOR', 'FORCE_COLOR'];

/** Starts `sweep ...args`; variables of this process that change the output are taken away. */
export function startSweepProcess(args: readonly string[], options: SweepProcessOptions = {}): SweepProcess {
  const inherited = Object.entries(process.env).filter(([name]) => !changesOutput.includes(name));
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: options.cwd,
    env: { ...Object.fromEntries(inherited), ...options.environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  // A command that ends without reading its input closes the pipe early: no fault of the test.
  child.stdin.on('error', () => undefined).end(options.input ?? '');
  const ended = Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)]).then(
    ([[code, signal], stdout, stderr]) => ({
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
      stdout,
      stderr,
    }),
  );
  return { child, ended };
}

export function runSweepProcess(args: readonly string[], options: SweepProcessOptions = {}): Promise<Ended> {
  return startSweepProcess(args, options).ended;
}
