/**
 * One child process that runs trials, and how it ended.
 *
 * It leads a process group (and a session) of its own: the terminal's Ctrl-C does not reach it, and whatever its trials
 * have started ends with it.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { createFrameReader, encodeFrame } from '../../training/frames.js';
import { killGroup, ordersDescriptor, wordsDescriptor } from '../../training/process-channel.js';
import type { ProcessOrder, ProcessWord } from '../../training/process-channel.js';
import { createOutputTail } from '../../programs/output-tail.js';

export interface TrialChild {
  /**
   * Gets what the trials say, and that the process has gone; replaced from trial to trial. What a trial waits for comes
   * this way, not by `gone`: a promise keeps all that ever waited for it, with what they waited for besides.
   */
  listener: (word: ChildWord) => void;
  /** Resolves once the process has gone and the last of its words has been heard. */
  readonly gone: Promise<ChildEnd>;
  order(order: ProcessOrder): void;
  /** Ends it at once. */
  terminate(): void;
}

export type ChildWord =
  Exclude<ProcessWord, { readonly kind: 'ready' }> | { readonly kind: 'gone'; readonly end: ChildEnd };

export interface ChildEnd {
  /** False if it never came to take an order. */
  readonly started: boolean;
  /** Null where a signal ended it, or it could not be started. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last of what it printed, or why it could not be started. */
  readonly output: string;
}

export interface ChildOptions {
  /** The script of the process; its argument is `workerFile`. */
  readonly script: string;
  readonly workerFile: string;
  readonly memoryMegabytes: number | undefined;
}

export function startChild({ script, workerFile, memoryMegabytes }: ChildOptions): TrialChild {
  const limits = memoryMegabytes === undefined ? [] : [`--max-old-space-size=${memoryMegabytes}`];
  const child = spawn(process.execPath, [...limits, script, workerFile], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
    detached: true,
    windowsHide: true,
  });
  const tail = createOutputTail();
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => tail.add(chunk));
  const words = child.stdio[wordsDescriptor] as Readable;
  const orders = child.stdio[ordersDescriptor] as Writable;
  // A process that has just died takes no order; `gone` tells that.
  orders.on('error', () => undefined);
  let started = false;
  const self: TrialChild = {
    listener: () => undefined,
    gone: whenGone(child, words).then((end) => ({ started, ...end, output: end.error?.message ?? tail.text() })),
    order: (order) => void orders.write(encodeFrame(order)),
    terminate: () => {
      if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
        killGroup(child.pid, 'SIGKILL');
    },
  };
  const hear = (word: ProcessWord): void => {
    if (word.kind === 'ready') started = true;
    else self.listener(word);
  };
  void self.gone.then((end) => self.listener({ kind: 'gone', end }));
  words.on(
    'data',
    createFrameReader((word) => hear(word as ProcessWord)),
  );
  return self;
}

interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly error?: Error;
}

/** The exit may be told before the last words have been read, or after. */
async function whenGone(child: ChildProcess, words: Readable): Promise<ProcessEnd> {
  const ended = new Promise<void>((resolve) => words.once('close', resolve));
  const end = await new Promise<ProcessEnd>((resolve) => {
    child.once('error', (error) => resolve({ code: null, signal: null, error }));
    child.once('exit', (code, signal) => {
      // What its trials have started is not left behind.
      if (child.pid !== undefined) killGroup(child.pid, 'SIGKILL');
      resolve({ code, signal });
    });
  });
  if (end.error === undefined) await ended;
  return end;
}
