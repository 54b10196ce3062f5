/**
 * The engines under test, each with the accuracy that its dtype allows.
 *
 * TensorFlow and WebGPU are optional: where one does not start its tests are left out with a notice, except in CI, where
 * they fail.
 */
import type { Engine } from '../../src/engines/engine.js';
import { createEngine, probeEngine, type EngineName } from '../../src/engines/index.js';

export interface EngineFixture {
  readonly label: string;
  readonly create: () => Promise<Engine>;
  /** Largest accepted difference, relative to the largest entry. */
  readonly tolerance: number;
  /** Whether the rows of a product come out alike to the last bit, whatever rows come with them. */
  readonly exactRows: boolean;
  /** How often a test that looks for leaks creates and releases; every look at a result waits for a device, if there is one. */
  readonly cycles: number;
}

/** False only where an engine's tests are to be skipped. */
async function isTested(name: EngineName): Promise<boolean> {
  const probe = await probeEngine(name);
  if (probe.state === 'available' || process.env.CI === 'true') return true;
  console.warn(`The tests of the engine ${name} are skipped: ${probe.reason} ${probe.hint}`);
  return false;
}

export const withTensorflow = await isTested('tensorflow');
export const withWebgpu = await isTested('webgpu');

const fixtures: readonly EngineFixture[] = [
  {
    label: 'reference f64',
    create: () => createEngine('reference', 'f64'),
    tolerance: 1e-12,
    exactRows: true,
    cycles: 2000,
  },
  {
    label: 'kernels f64',
    create: () => createEngine('kernels', 'f64'),
    tolerance: 1e-12,
    exactRows: true,
    cycles: 2000,
  },
  {
    label: 'kernels f32',
    create: () => createEngine('kernels', 'f32'),
    tolerance: 2e-5,
    exactRows: true,
    cycles: 2000,
  },
  {
    label: 'tensorflow f32',
    create: () => createEngine('tensorflow', 'f32'),
    tolerance: 2e-5,
    exactRows: false,
    cycles: 2000,
  },
  { label: 'webgpu f32', create: () => createEngine('webgpu', 'f32'), tolerance: 2e-5, exactRows: true, cycles: 100 },
];

export const engines = fixtures.filter(
  ({ label }) => (withTensorflow || label !== 'tensorflow f32') && (withWebgpu || label !== 'webgpu f32'),
);
