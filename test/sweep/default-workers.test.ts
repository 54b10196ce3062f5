import { describe, expect, it } from 'vitest';
import { defaultWorkers, megabytesOfWorker } from '../../src/sweep/default-workers.js';

const cells = (...engines: string[]) => engines.map((engine) => ({ parameters: { engine } }));

describe('Workers by default', () => {
  it('are as many as cores where memory is ample', () => {
    expect(defaultWorkers({ cores: 8, availableMegabytes: 16_000 }, 300)).toEqual({
      workers: 8,
      limitedByMemory: false,
    });
  });

  it('are as many as fit memory, and at least one', () => {
    expect(defaultWorkers({ cores: 8, availableMegabytes: 1000 }, 300)).toEqual({ workers: 3, limitedByMemory: true });
    expect(defaultWorkers({ cores: 8, availableMegabytes: 1000 }, 301)).toEqual({ workers: 2, limitedByMemory: true });
    expect(defaultWorkers({ cores: 8, availableMegabytes: 20 }, 300)).toEqual({ workers: 1, limitedByMemory: true });
    expect(defaultWorkers({ cores: 1, availableMegabytes: 20 }, 300)).toEqual({ workers: 1, limitedByMemory: false });
  });

  it('need what the hungriest engine of the plan needs, or what each trial may take', () => {
    const [kernels, both] = [cells('kernels'), cells('kernels', 'tensorflow')].map((all) =>
      megabytesOfWorker(all, null),
    );
    expect(both).toBeGreaterThan(kernels);
    expect(megabytesOfWorker(cells('kernels'), 64)).toBe(kernels);
    expect(megabytesOfWorker(cells('kernels'), 2000)).toBe(2000);
  });
});
