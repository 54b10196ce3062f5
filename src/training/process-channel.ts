/**
 * The line between a trial's process and the process that coordinates: two pipes of frames (`frames.ts`).
 *
 * Words go out by writes that block, from the thread that trains: nothing that was told is lost when the process then
 * dies, and a trial that never turns its event loop is heard. Orders come in on a thread of their own
 * (`workers/trial-orders.ts`), which turns them into the shared words of `trial-channel.ts`: they get through while the
 * trial computes, and the end of the pipe – the coordinating process is gone – ends this one, whatever it does.
 */
import { writeSync } from 'node:fs';
import { encodeFrame } from './frames.js';
import type { MemoryLimit } from './memory-limit.js';
import type { TrialControl } from './trial-channel.js';
import type { TrialMessage, TrialOutcome, TrialRequest } from './trial.js';

/** Descriptors in the trial's process. */
export const wordsDescriptor = 3;
export const ordersDescriptor = 4;

export type ProcessOrder =
  | { readonly kind: 'run'; readonly request: TrialRequest; readonly memory?: MemoryLimit }
  /** One more message needs no further attention. */
  | { readonly kind: 'acknowledge' }
  | { readonly kind: 'stop' }
  | { readonly kind: 'drain' };

export type ProcessWord =
  /** The process has started and takes orders. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'message'; readonly message: TrialMessage }
  /** `leaves`: the process ends with its trial. */
  | { readonly kind: 'ended'; readonly outcome: TrialOutcome; readonly leaves?: true };

/** What the thread of orders hands to the one that trains. */
export interface ProcessTask {
  readonly request: TrialRequest;
  readonly control: TrialControl;
  readonly memory?: MemoryLimit;
}

/** @throws DataCloneError as `encodeFrame` */
export function sayWord(word: ProcessWord): void {
  const frame = encodeFrame(word);
  let written = 0;
  while (written < frame.length) written += writeSync(wordsDescriptor, frame, written);
}

/**
 * Ends a process and all that it has started: it leads a process group of its own. Nothing happens if none is left.
 * Known limit: on Windows, which has no process groups, only the process itself.
 */
export function killGroup(leader: number, signal: NodeJS.Signals): void {
  try {
    process.kill(process.platform === 'win32' ? leader : -leader, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
