/**
 * The engines under test, each with the accuracy that its dtype allows.
 *
 * TensorFlow is optional: where it is not installed its tests are left out with a notice, except in CI, where they fail.
 */
import type { Engine } from '../../src/engines/engine.js';
import { createEngine, probeEngine } from '../../src/engines/index.js';

export interface EngineFixture {
  readonly label: string;
  readonly create: () => Promise<Engine>;
  /** Largest accepted difference, relative to the largest entry. */
  readonly tolerance: number;
  /** Whether the rows of a product come out alike to the last bit, whatever rows come with them. */
  readonly exactRows: boolean;
}

const probe = await probeEngine('tensorflow');

/** False only where its tests are to be skipped. */
export const withTensorflow = probe.state === 'available' || process.env.CI === 'true';

if (probe.state === 'unavailable' && !withTensorflow) {
  console.warn(`The tests of the engine tensorflow are skipped: ${probe.reason} ${probe.hint}`);
}

const fixtures: readonly EngineFixture[] = [
  { label: 'reference f64', create: () => createEngine('reference', 'f64'), tolerance: 1e-12, exactRows: true },
  { label: 'kernels f64', create: () => createEngine('kernels', 'f64'), tolerance: 1e-12, exactRows: true },
  { label: 'kernels f32', create: () => createEngine('kernels', 'f32'), tolerance: 2e-5, exactRows: true },
  { label: 'tensorflow f32', create: () => createEngine('tensorflow', 'f32'), tolerance: 2e-5, exactRows: false },
];

export const engines = fixtures.filter(({ label }) => withTensorflow || label !== 'tensorflow f32');
