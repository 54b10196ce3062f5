/**
 * The built bin as a user starts it, in a process of its own. Needs `npm run build`, which `npm test` does first.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
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
  /** A process group of its own, as a shell gives a job: `kill` reaches everything that it started. */
  readonly ownGroup?: boolean;
  /** A program that runs the rest of its arguments, with its own before them: prlimit, setpriv. */
  readonly launcher?: readonly string[];
}

export interface Written {
  readonly stdout: string;
  readonly stderr: string;
}

export interface Ended extends Written {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface SweepProcess {
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly pid: number | undefined;
  /** Resolves as soon as what has been written so far satisfies the condition. @throws if the process ends before */
  readonly until: (condition: (written: Written) => boolean) => Promise<void>;
  readonly ended: Promise<Ended>;
}

const changesOutput: readonly string[] = ['SWEEP_DB', 'npm_execpath', 'NO_COLOR', 'FORCE_COLOR'];

/** Starts `sweep ...args`; variables of this process that change the output are taken away. */
export function startSweepProcess(args: readonly string[], options: SweepProcessOptions = {}): SweepProcess {
  const inherited = Object.entries(process.env).filter(([name]) => !changesOutput.includes(name));
  const ownGroup = options.ownGroup ?? false;
  const [program, ...rest] = [...(options.launcher ?? []), process.execPath, bin, ...args];
  const child = spawn(program, rest, {
    cwd: options.cwd,
    detached: ownGroup,
    env: { ...Object.fromEntries(inherited), ...options.environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  // A command that ends without reading its input closes the pipe early: no fault of the test.
  child.stdin.on('error', () => undefined).end(options.input ?? '');
  const written = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      written[name] += text;
      child.emit('written');
    });
  }
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code, signal) => {
      child.emit('written');
      resolve({ code, signal, ...written });
    });
  });
  const until: SweepProcess['until'] = async (condition) => {
    while (!condition(written)) {
      const how = child.exitCode ?? child.signalCode;
      if (how !== null) throw new Error(`The process ended with ${how}: ${written.stderr}`);
      await once(child, 'written');
    }
  };
  const kill: SweepProcess['kill'] = (signal) => {
    if (!ownGroup || child.pid === undefined) child.kill(signal);
    // Once it has been waited for, its number may be another's.
    else if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid, signal);
  };
  return { kill, pid: child.pid, until, ended };
}

export function runSweepProcess(args: readonly string[], options: SweepProcessOptions = {}): Promise<Ended> {
  return startSweepProcess(args, options).ended;
}
