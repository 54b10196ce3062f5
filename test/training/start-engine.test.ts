import { expect, it } from 'vitest';
import { undisturbed } from '../../src/engines/device-hold.js';
import { createEngine } from '../../src/engines/index.js';
import { programVersion } from '../../src/program-version.js';
import { describeEnvironment } from '../../src/training/start-engine.js';
import { withWebgpu } from '../engines/fixtures.js';

const own = { paretode: programVersion(), node: process.versions.node };

it('records the versions of program, Node and task module of an engine of ours', async () => {
  const engine = await createEngine('kernels', 'f64', undisturbed);
  expect(describeEnvironment({ engine, why: null }, 5, 'abc').versions).toEqual({ ...own, task: 'abc' });
  engine.dispose();
});

it.skipIf(!withWebgpu)('records those of the packages that an engine stands on, too', async () => {
  const engine = await createEngine('webgpu', 'f32', undisturbed);
  const webgpu = expect.stringMatching(/^\d+\.\d+\.\d+$/) as string;
  expect(describeEnvironment({ engine, why: null }, 5, null).versions).toEqual({ ...own, webgpu });
  engine.dispose();
});
