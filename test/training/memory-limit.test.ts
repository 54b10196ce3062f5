import { getHeapStatistics } from 'node:v8';
import { describe, expect, it } from 'vitest';
import { limitMemory, MemoryExceeded } from '../../src/training/memory-limit.js';
import { failureReason } from '../../src/training/failure-reason.js';
import type { TrialMessage } from '../../src/training/trial.js';

const note: TrialMessage = { kind: 'note', message: 'an iteration' };
const megabytesNow = (): number => {
  const { used_heap_size: heap, external_memory: external } = getHeapStatistics();
  return Math.ceil((heap + external) / 2 ** 20);
};

/** Hooks of a trial that may hold so many MB more than this thread does now. */
function roomFor(megabytes: number) {
  return limited(megabytesNow() + megabytes, false);
}

function limited(megabytes: number, ownProcess: boolean) {
  const told: TrialMessage[] = [];
  const hooks = { tell: (message: TrialMessage) => void told.push(message), shouldStop: () => false };
  return { ...limitMemory(hooks, { megabytes, ownProcess }), told };
}

/** Resident, not only promised. */
const floats = (megabytes: number): Float64Array => new Float64Array(megabytes * 2 ** 17).fill(1);

/** 400 MB: a module that is nothing but its exported memory, (memory (export "m") 6400). */
const wasmMemory = async (): Promise<unknown> => {
  const bytes = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 5, 4, 1, 0, 0x80, 0x32, 7, 5, 1, 1, 109, 2, 0);
  return WebAssembly.instantiate(await WebAssembly.compile(bytes), {});
};

describe('A memory limit', () => {
  // First: the memory of the next ones stays for a while.
  it('of a process of its own counts what is resident, whoever allocated it', () => {
    const { tell } = limited(150, true);
    // Shared memory is in none of the isolate's figures.
    const kept = Array.from({ length: 40 }, () => new Uint8Array(new SharedArrayBuffer(2 ** 24)).fill(1));
    expect(() => tell(note)).toThrow(/process holds \d+ MB/);
    expect(kept).toHaveLength(40);
  });

  it.each([
    ['typed arrays', () => floats(120)],
    ['WebAssembly memory', wasmMemory],
  ])('counts %s, and says how much there is', async (_, hoard) => {
    const { tell, told } = roomFor(60);
    tell(note);
    const kept = await hoard();
    expect(() => tell(note)).toThrow(MemoryExceeded);
    expect(told).toHaveLength(2);
    try {
      tell(note);
    } catch (error) {
      expect(failureReason(error).code).toBe('out_of_memory');
      expect(failureReason(error).message).toMatch(/holds \d+ MB, more than its limit of \d+ MB: \d+ MB of them/);
    }
    expect(kept).toBeDefined();
  });

  it('does not count garbage', () => {
    const { tell } = roomFor(60);
    for (let round = 0; round < 20; round += 1) {
      floats(30);
      tell(note);
    }
  });
});
