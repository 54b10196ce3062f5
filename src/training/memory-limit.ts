/**
 * Holds a trial to its memory limit where V8 alone does not: its own limit is one of the JavaScript heap, but the numbers of a
 * trial lie in typed arrays and WebAssembly memory outside of it.
 *
 * Both are in V8's `external_memory` of the isolate, shared buffers are not. Looked at whenever the trial tells something, so
 * once an iteration (3 µs). Garbage does not count: what is beyond the limit is collected before the trial is judged.
 * In a process of its own the trial's resident memory counts too, native allocations with it, less an allowance for the
 * program itself.
 *
 * Known limits: between two looks nothing is noticed but what V8 refuses itself; on a thread, memory that native libraries
 * allocate (tensors of tfjs-node, of a GPU) is nobody's.
 */
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { TrialHooks, TrialReason } from './trial.js';

export interface MemoryLimit {
  readonly megabytes: number;
  /** Whether the process is the trial's alone. */
  readonly ownProcess: boolean;
}

/** Of a process: Node, the program, an engine's code, and garbage between two collections. */
export const processAllowance = 256;

/** After a collection that helped; else a trial just below its limit would do little else. */
const millisecondsBetweenCollections = 1000;

const mebibyte = 2 ** 20;

/** Ends a trial as `failed` for this reason. */
export class MemoryExceeded extends Error {
  override readonly name = 'MemoryExceeded';

  constructor(readonly reason: TrialReason) {
    super(reason.message);
  }
}

/** @returns hooks whose `tell` throws MemoryExceeded once the trial holds more than its limit */
export function limitMemory(hooks: TrialHooks, { megabytes, ownProcess }: MemoryLimit): TrialHooks {
  let rest = -Infinity;
  const look = (): void => {
    if (excess(megabytes, ownProcess) === null || performance.now() < rest) return;
    collectGarbage();
    const message = excess(megabytes, ownProcess);
    rest = performance.now() + millisecondsBetweenCollections;
    if (message === null) return;
    const detail = 'Allow more memory or make the model, the batch or the data smaller.';
    throw new MemoryExceeded({ code: 'out_of_memory', message, detail });
  };
  return {
    ...hooks,
    tell: (message) => {
      hooks.tell(message);
      look();
    },
  };
}

/** What is beyond the limit, in words; null: nothing. */
function excess(megabytes: number, ownProcess: boolean): string | null {
  const { used_heap_size: heap, external_memory: external } = getHeapStatistics();
  const limit = `more than its limit of ${megabytes} MB`;
  if (heap + external > megabytes * mebibyte) {
    return `The trial holds ${text(heap + external)} MB, ${limit}: ${text(external)} MB of them in typed arrays and WebAssembly memory.`;
  }
  const resident = ownProcess ? process.memoryUsage.rss() : 0;
  if (resident <= (megabytes + processAllowance) * mebibyte) return null;
  return `The trial's process holds ${text(resident)} MB, ${limit} and ${processAllowance} MB for the program itself.`;
}

const text = (bytes: number): string => (bytes / mebibyte).toFixed(0);

/** Twice: buffers are given back by a thread beside after a collection, for which the next one waits. */
function collectGarbage(): void {
  // V8 offers it to contexts that are made after the flag is set.
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
}
