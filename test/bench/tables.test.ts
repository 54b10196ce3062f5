import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { machineSlug } from '../../bench/machine.js';
import { withPart } from '../../bench/page.js';
import type { Results } from '../../bench/results.js';
import { bestRatio, resultsInMarkdown } from '../../bench/tables.js';

const common = {
  versions: { torch: '2.15.0' },
  repeats: 5,
  loss: 1.7369541,
  moments: null,
  nfe: 80,
  diffusionNfe: 0,
  backwardNfe: null,
  attempts: 13,
  peakMegabytes: 90.4,
};
const entries = [
  { ...common, library: 'kernels', side: 'ours', setting: 'tsit5', minimum: 0.251, median: 0.3 },
  { ...common, library: 'tensorflow', side: 'ours', setting: 'tsit5', minimum: 12, median: 13 },
  { ...common, library: 'torchdiffeq', side: 'peer', setting: 'dopri5', minimum: 28, median: 30 },
  { ...common, library: 'diffrax', side: 'peer', setting: 'Tsit5', minimum: 0.502, median: 0.6 },
] as const;
const results: Results = {
  machine: { processor: 'Some CPU', cores: 2, memoryGigabytes: 24, system: 'Linux 6.1', node: '20.20.2' },
  pinned: true,
  absent: ['webgpu: there is no GPU.'],
  cells: [
    {
      problem: 'spiral-node',
      kind: 'ode',
      threads: 1,
      iterations: 10,
      entries,
      failures: ['webgpu failed: device lost\nat …'],
    },
    {
      problem: 'spiral-sde',
      kind: 'sde',
      threads: 1,
      iterations: 5,
      entries: [
        { ...entries[0], minimum: 1, nfe: 100, diffusionNfe: 100 },
        { ...entries[3], minimum: 0.5, nfe: 10, diffusionNfe: 15 },
      ],
      failures: [],
    },
  ],
  disagreements: ['kernels and diffrax end apart.'],
  worker: null,
  sweep: [
    { name: 'sweep', side: 'ours', seconds: 5, trials: 16, meanNfe: 60 },
    { name: 'Optuna + torchdiffeq', side: 'peer', seconds: 100, trials: 16, meanNfe: 50 },
  ],
  overhead: null,
};

describe('The tables of the bench', () => {
  const markdown = resultsInMarkdown(results);

  it('hold ours against the fastest peer, by minima', () => {
    expect(bestRatio(entries, ({ minimum }) => minimum)).toBeCloseTo(0.5);
    expect(markdown).toContain('| spiral-node | 0.251 / 0.300 | 12.0 / 13.0 | 28.0 / 30.0 | 0.502 / 0.600 | 0.50 |');
  });

  it('have no ratio where a side is missing', () => {
    expect(bestRatio(entries.slice(0, 2), ({ minimum }) => minimum)).toBeNull();
  });

  it('compare stochastic problems by evaluation of drift or diffusion', () => {
    expect(markdown).toContain('| spiral-sde | 1 | 5.00 | 20.0 | 0.25 |');
  });

  it('name the machine, what did not start or failed, and where the work was not the same', () => {
    expect(markdown).toContain('Some CPU, 2 cores, 24 GB, Linux 6.1, Node 20.20.2');
    expect(markdown).toContain('Did not start here: webgpu: there is no GPU.');
    expect(markdown).toContain('**Failed** on spiral-node: webgpu failed: device lost\n');
    expect(markdown).toContain('**Not the same work:** kernels and diffrax end apart.');
  });

  it('give trials an hour', () => {
    expect(markdown).toContain('| sweep | 5.0 | 11520 | 60.0 |  |');
    expect(markdown).toContain('| Optuna + torchdiffeq | 100.0 | 576 | 50.0 | 20.0 × |');
  });

  it('have their place in docs/performance.md, and only what stands there is replaced', async () => {
    const page = await readFile(new URL('../../docs/performance.md', import.meta.url), 'utf8');
    const replaced = withPart(page, 'bench', 'THE TABLES');
    expect(replaced).toContain('## Results\n');
    expect(replaced.replace(/<!-- generated[\s\S]*/, '')).toBe(page.replace(/<!-- generated[\s\S]*/, ''));
    expect(withPart(replaced, 'bench', 'THE TABLES')).toBe(replaced);
    expect(() => withPart(page, 'no such part', '')).toThrow('no such part');
  });

  it('are filed under the machine in words', () => {
    expect(machineSlug(results.machine)).toBe('some-cpu-2-cores');
  });
});
