/**
 * Which trial runs next, and how many at a time; p-queue behind it.
 *
 * A slot of the p-queue takes its trial when it starts, not when it is queued: what was killed, paused or put in
 * front meanwhile needs no slot to be found again, and one waiting slot keeps every worker busy however many trials
 * wait.
 *
 * Invariant: `run` settles when nothing runs, nothing is held and nothing can start any more.
 */
import PQueue from 'p-queue';
import type { StoredTrial } from '../store.js';

/** So many started trials are forgotten at once. */
const compaction = 1024;

/** So many of the waiting trials are put in order at a time, however many wait. */
const orderedTrials = 256;

/** Milliseconds. */
const longestInterval = 2 ** 31 - 1;

export interface AgendaOptions {
  readonly concurrency: number;
  /** Never rejects: one trial's error must not overtake the others' last commits. */
  readonly start: (trial: StoredTrial) => Promise<void>;
  /** False while the trial, and with it those behind it, must wait for others to end. */
  readonly mayStart: (trial: StoredTrial) => boolean;
  /** Never throws. Missing: in the order in which they were added. */
  readonly order?: (queued: readonly StoredTrial[]) => readonly StoredTrial[];
}

export class Agenda {
  readonly #queue: PQueue;
  readonly #start: AgendaOptions['start'];
  readonly #mayStart: AgendaOptions['mayStart'];
  readonly #order: AgendaOptions['order'];
  #isOrdered = false;
  readonly #slot = async (): Promise<void> => {
    const trial = this.#next();
    if (trial !== null) await this.#start(trial);
  };
  /** Before `#head` are those that have started. */
  #queued: StoredTrial[] = [];
  #head = 0;
  /** Whose wait for another attempt is over; they go first. */
  readonly #again: StoredTrial[] = [];
  /** Trials that wait for their next attempt. */
  readonly #waiting = new Map<StoredTrial, NodeJS.Timeout>();
  #held = 0;
  #closed = false;
  #settled: (() => void) | null = null;
  /** Who is paused waits for a word from outside: else the process would end once nothing runs. */
  #awake: NodeJS.Timeout | undefined;

  constructor({ concurrency, start, mayStart, order }: AgendaOptions) {
    this.#start = start;
    this.#mayStart = mayStart;
    this.#order = order;
    this.#queue = new PQueue({ concurrency });
    this.#queue.on('next', () => this.#proceed());
  }

  /** Starts trials until `close` or until there is nothing left. Once. */
  run(): Promise<void> {
    return new Promise((resolve) => {
      this.#settled = resolve;
      this.#proceed();
    });
  }

  /** Queues trials behind those there are. */
  add(trials: readonly StoredTrial[]): void {
    this.#queued = this.#queued.slice(this.#head).concat(trials);
    this.#head = 0;
    this.#isOrdered = false;
    this.#proceed();
  }

  /** What the order depends on has changed. */
  reorder(): void {
    this.#isOrdered = false;
  }

  /** Queues a trial for so many seconds from now. Other trials run meanwhile. */
  addLater(trial: StoredTrial, seconds: number): void {
    const awake = (): void => {
      this.#waiting.delete(trial);
      this.#again.push(trial);
      this.#proceed();
    };
    if (this.#closed) awake();
    else this.#waiting.set(trial, setTimeout(awake, 1000 * seconds));
  }

  /** Takes a trial out that has not started. @returns null if there is none of this number */
  take(number: number): StoredTrial | null {
    for (const [trial, timer] of this.#waiting) {
      if (trial.number !== number) continue;
      clearTimeout(timer);
      this.#waiting.delete(trial);
      return trial;
    }
    for (const trials of [this.#again, this.#queued]) {
      const place = trials.findIndex((trial) => trial.number === number);
      if (place >= (trials === this.#queued ? this.#head : 0)) return trials.splice(place, 1)[0];
    }
    return null;
  }

  /** Keeps the run open until the work is done, which may add trials. */
  async hold<T>(work: () => Promise<T>): Promise<T> {
    this.#held += 1;
    try {
      return await work();
    } finally {
      this.#held -= 1;
      this.#proceed();
    }
  }

  pause(paused: boolean): void {
    clearInterval(this.#awake);
    if (paused) {
      this.#awake = setInterval(() => undefined, longestInterval);
      this.#queue.pause();
    } else this.#queue.start();
  }

  set concurrency(trials: number) {
    this.#queue.concurrency = trials;
    this.#proceed();
  }

  /** No further trial starts. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const [trial, timer] of this.#waiting) {
      clearTimeout(timer);
      this.#again.push(trial);
    }
    this.#waiting.clear();
    // A paused queue would wait for ever; its slots see that they are to take nothing.
    this.pause(false);
    this.#proceed();
  }

  #next(): StoredTrial | null {
    if (!this.#canStart()) return null;
    const again = this.#again.shift();
    if (again !== undefined) return again;
    this.#arrange();
    const trial = this.#queued[this.#head];
    this.#head += 1;
    if (this.#head === compaction) {
      this.#queued = this.#queued.slice(compaction);
      this.#head = 0;
    }
    return trial;
  }

  /** Puts in order those next ones that may start: an order never lets a trial overtake what it must wait for. */
  #arrange(): void {
    if (this.#order === undefined || this.#isOrdered) return;
    this.#isOrdered = true;
    let end = this.#head;
    const limit = Math.min(this.#queued.length, this.#head + orderedTrials);
    while (end < limit && this.#mayStart(this.#queued[end])) end += 1;
    const ordered = this.#order(this.#queued.slice(this.#head, end));
    this.#queued.splice(this.#head, ordered.length, ...ordered);
  }

  #canStart(): boolean {
    if (this.#closed) return false;
    return this.#again.length > 0 || (this.#head < this.#queued.length && this.#mayStart(this.#queued[this.#head]));
  }

  /** Offers slots as long as they are taken at once, and one more; ends the run where nothing can follow. */
  #proceed(): void {
    if (this.#settled === null) return;
    while (this.#queue.size === 0 && this.#canStart()) void this.#queue.add(this.#slot);
    if (this.#queue.size + this.#queue.pending + this.#waiting.size + this.#held === 0) this.#settled();
  }
}
