/** One library in a process of its own, driven by JSON lines (bench/peers/server.py has the protocol). */
import { spawn, spawnSync, type ChildProcessByStdio } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Moments } from './ours/moments.js';
import type { SolveShare } from './ours/solve-share.js';
import { problemMessage } from './problems/message.js';
import type { Problem } from './problems/problem.js';

export interface Library {
  /** As tables name it. */
  readonly name: string;
  readonly side: 'ours' | 'peer';
  /** Which kinds of problem it solves. */
  readonly kinds: readonly Problem['kind'][];
  readonly command: (threads: number) => readonly [program: string, ...parameters: string[]];
  readonly environment: (threads: number) => Readonly<Record<string, string>>;
  /** How it differentiates, where it knows several ways. */
  readonly variant: string;
}

export interface Prepared {
  readonly versions: Readonly<Record<string, string>>;
  /** Method, and how it is differentiated where there is a choice. */
  readonly setting: string;
  /** Of our engines: from the call to the ready engine. */
  readonly startMilliseconds?: number;
}

export interface Repeat {
  readonly seconds: number;
  /** Of the last iteration. */
  readonly loss: number;
}

/** Counts of the first iteration; null where a library does not tell. */
export interface Figures {
  readonly nfe: number;
  readonly diffusionNfe: number;
  readonly backwardNfe: number | null;
  readonly attempts: number;
  readonly peakMegabytes: number;
}

const hasTaskset = spawnSync('taskset', ['-V']).status === 0;

/** Whether processes are held to the first cores; without it only their numbers of threads are. */
export const pinsProcesses = hasTaskset;

export class Participant {
  readonly library: Library;
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #answers: AsyncIterator<string>;
  #complaints = '';

  constructor(library: Library, threads: number) {
    const command = library.command(threads);
    const pinned = hasTaskset ? ['taskset', '-c', `0-${threads - 1}`, ...command] : command;
    const [program, ...parameters] = pinned;
    this.library = library;
    this.#process = spawn(program, parameters, {
      env: { ...process.env, ...library.environment(threads) },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#process.stderr.on('data', (chunk: Buffer) => (this.#complaints += chunk.toString()));
    // A process that has ended shows in the answer that does not come.
    this.#process.stdin.on('error', () => undefined);
    this.#answers = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  prepare(problem: Problem): Promise<Prepared> {
    const { variant } = this.library;
    return this.#ask({ do: 'prepare', problem: problemMessage(problem), variant }) as Promise<Prepared>;
  }

  repeat(): Promise<Repeat> {
    return this.#ask({ do: 'repeat' }) as Promise<Repeat>;
  }

  figures(): Promise<Figures> {
    return this.#ask({ do: 'figures' }) as Promise<Figures>;
  }

  moments(rows: number): Promise<Moments> {
    return this.#ask({ do: 'moments', rows }) as Promise<Moments>;
  }

  solveShare(): Promise<SolveShare> {
    return this.#ask({ do: 'solve-share' }) as Promise<SolveShare>;
  }

  stop(): void {
    this.#process.kill();
  }

  async #ask(request: Readonly<Record<string, unknown>>): Promise<unknown> {
    this.#process.stdin.write(`${JSON.stringify(request)}\n`);
    const line = await this.#answers.next();
    if (line.done === true) throw new Error(`${this.library.name} ended early.\n${this.#complaints}`);
    const answer = JSON.parse(line.value) as { readonly error?: string };
    if (answer.error !== undefined) throw new Error(`${this.library.name} failed: ${answer.error}`);
    return answer;
  }
}

export const repository = fileURLToPath(new URL('../../', import.meta.url));
