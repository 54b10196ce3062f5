/**
 * The checkpoints of one attempt: the one it starts from, and those it leaves.
 *
 * Invariant: a checkpoint never fails a trial. One that cannot be used is told and the trial starts anew; one that cannot
 * be written is told, once, and the trial goes on.
 */
import { readFile } from 'node:fs/promises';
import { writeDurably } from '../files/write-durably.js';
import { decodeCheckpoint, encodeCheckpoint, type CheckpointOwner, type TrainingShape } from './checkpoint.js';
import type { TrainingState } from './training-state.js';
import type { CheckpointRequest, TrialHooks } from './trial.js';

export class Checkpoints {
  readonly #request: CheckpointRequest;
  readonly #owner: CheckpointOwner;
  readonly #hooks: TrialHooks;
  #lastWrite = performance.now();
  #refused = false;

  constructor(request: CheckpointRequest, owner: CheckpointOwner, hooks: TrialHooks) {
    this.#request = request;
    this.#owner = owner;
    this.#hooks = hooks;
  }

  /** Where an earlier attempt left off; null: nowhere, or nowhere of use. */
  async read(shape: TrainingShape): Promise<TrainingState | null> {
    const { path } = this.#request;
    try {
      return decodeCheckpoint(this.#owner, shape, await readFile(path));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      this.#note(`The checkpoint ${path} is not used, the trial starts anew: ${messageOf(error)}.`);
      return null;
    }
  }

  /** Whether the trial is to end as soon as its state is on the disk. */
  get drains(): boolean {
    return this.#hooks.shouldDrain?.() ?? false;
  }

  /** Whether the time since the latest checkpoint asks for one. */
  get due(): boolean {
    return performance.now() - this.#lastWrite >= 1000 * this.#request.everySeconds;
  }

  /** @returns whether it is on the disk */
  async write(state: TrainingState): Promise<boolean> {
    const { path } = this.#request;
    try {
      await writeDurably(path, encodeCheckpoint(this.#owner, state));
      return true;
    } catch (error) {
      if (!this.#refused) this.#note(`The checkpoint ${path} cannot be written: ${messageOf(error)}.`);
      this.#refused = true;
      return false;
    } finally {
      this.#lastWrite = performance.now();
    }
  }

  #note(message: string): void {
    this.#hooks.tell({ kind: 'note', message });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/\.$/, '') : String(error);
}
