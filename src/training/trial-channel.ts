/**
 * The line between a trial's thread and the thread that coordinates: one MessagePort for what is told,
 * one piece of shared memory for what must get through while the trial computes without a pause.
 *
 * The shared words are
 *   stop     0, or 1 once the trial should end as `interrupted`;
 *   handled  how many of the trial's messages the coordinating side is done with (committed);
 *   drain    0, or 1 once the trial should leave a checkpoint and end as `interrupted`;
 *   device   1 while the thread holds a device and must not be terminated (`engines/device-hold.ts`).
 *
 * Invariant: a trial is never more than `window` messages ahead of the database; it sleeps until the
 * database has caught up. A trial of many tiny epochs so costs bounded memory, and a killed process
 * loses at most that many of its epochs.
 *
 * Known limit: the sleep blocks the trial's thread, timers and promises included.
 */
import type { MessagePort } from 'node:worker_threads';
import { limitMemory, type MemoryLimit } from './memory-limit.js';
import type { TrialHooks, TrialMessage, TrialRequest } from './trial.js';

const stop = 0;
const handled = 1;
const device = 2;
const drain = 3;
const wordCount = 4;

/** Wide enough that a commit of ordinary length never makes a trial wait. */
const window = 64;

/** A person's eye and a terminal need no more than ten frames a second. */
const millisecondsBetweenProgress = 100;

/** The shared words of one trial; only this file knows their places. */
export type TrialControl = Int32Array<SharedArrayBuffer>;

/** What a worker is handed for one trial, or for one of something else that tells and ends as trials do. */
export interface TrialTask<Request = TrialRequest> {
  readonly request: Request;
  /** Where messages go; those posted before the outcome arrive before it. */
  readonly port: Pick<MessagePort, 'postMessage'>;
  readonly control: TrialControl;
  /** Missing: no limit. */
  readonly memory?: MemoryLimit;
}

export function createTrialControl(): TrialControl {
  return new Int32Array(new SharedArrayBuffer(wordCount * Int32Array.BYTES_PER_ELEMENT));
}

/** Asks the trial to end as `interrupted` at its next iteration, and wakes it if it waits for the database. */
export function raiseStop(control: TrialControl): void {
  Atomics.store(control, stop, 1);
  Atomics.notify(control, handled);
}

/** Asks the trial to end as `interrupted` at its next epoch's end, once a checkpoint is written. */
export function raiseDrain(control: TrialControl): void {
  Atomics.store(control, drain, 1);
}

export function isStopRaised(control: TrialControl): boolean {
  return Atomics.load(control, stop) !== 0;
}

/** Tells the trial that one more of its messages needs no further attention. */
export function acknowledgeMessage(control: TrialControl): void {
  Atomics.add(control, handled, 1);
  Atomics.notify(control, handled);
}

/** Whether the trial's thread holds a device; once a stop was raised it lets go soon. */
export function holdsDevice(control: TrialControl): boolean {
  return Atomics.load(control, device) !== 0;
}

/** The worker's end: hooks for `runTrial` that speak over the task's port and hold the trial to its memory limit. */
export function trialHooks({
  port,
  control,
  memory,
}: Pick<TrialTask<unknown>, 'port' | 'control' | 'memory'>): TrialHooks {
  let sent = 0;
  let lastProgress = -Infinity;
  const shouldStop = (): boolean => isStopRaised(control);
  const shouldDrain = (): boolean => Atomics.load(control, drain) !== 0;
  const tell = (message: TrialMessage): void => {
    if (message.kind === 'progress') {
      const now = performance.now();
      if (now - lastProgress < millisecondsBetweenProgress) return;
      lastProgress = now;
    }
    for (;;) {
      const done = Atomics.load(control, handled);
      if (sent - done < window || shouldStop()) break;
      // Returns at once if `handled` has changed since it was read. A stop raised between the check
      // above and this line changes no word that is waited on: the time limit covers that moment.
      Atomics.wait(control, handled, done, millisecondsBetweenProgress);
    }
    port.postMessage(message);
    sent += 1;
  };
  const holdDevice = (held: boolean): void => void Atomics.store(control, device, held ? 1 : 0);
  const hooks = { tell, shouldStop, shouldDrain, holdDevice };
  return memory === undefined ? hooks : limitMemory(hooks, memory);
}
