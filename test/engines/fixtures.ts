/** The engines under test, each with the accuracy that its dtype allows. */
import type { Engine } from '../../src/engines/engine.js';
import { createEngine } from '../../src/engines/index.js';

export interface EngineFixture {
  readonly label: string;
  readonly create: () => Promise<Engine>;
  /** Largest accepted difference, relative to the largest entry. */
  readonly tolerance: number;
}

export const engines: readonly EngineFixture[] = [
  { label: 'reference f64', create: () => createEngine('reference', 'f64'), tolerance: 1e-12 },
  { label: 'kernels f64', create: () => createEngine('kernels', 'f64'), tolerance: 1e-12 },
  { label: 'kernels f32', create: () => createEngine('kernels', 'f32'), tolerance: 2e-5 },
];
