import { describe, expect, it } from 'vitest';
import { createEngine, engineNames, probeEngines } from '../../src/engines/index.js';
import { UserError } from '../../src/errors.js';
import { withTensorflow, withWebgpu } from './fixtures.js';

describe('the door to the engines', () => {
  it.each([
    ['kernels', 'f32'],
    ['kernels', 'f64'],
    ['reference', 'f64'],
  ] as const)('starts %s by its name in %s', async (name, dtype) => {
    const engine = await createEngine(name, dtype);
    expect([engine.name, engine.dtype]).toEqual([name, dtype]);
  });

  it('lists the known engines when the name is none of them', async () => {
    const refused = createEngine('cuda', 'f32');
    await expect(refused).rejects.toBeInstanceOf(UserError);
    await expect(refused).rejects.toThrow('no engine "cuda"; there are: kernels, tensorflow, webgpu, reference');
  });

  it('refuses a dtype that an engine lacks, and names the one it has', async () => {
    await expect(createEngine('reference', 'f32')).rejects.toThrow('f64 only');
    await expect(createEngine('tensorflow', 'f64')).rejects.toMatchObject({
      code: 'usage',
      message: 'The tensorflow engine computes in f32 only, but dtype f64 was asked for.',
      hint: 'Set `dtype: f32`, or use the kernels engine.',
    });
    await expect(createEngine('webgpu', 'f64')).rejects.toThrow('webgpu engine computes in f32 only, but dtype f64');
  });

  it('probes every engine and tells its device and how long it took to start', async () => {
    const probes = await probeEngines();
    expect(probes.map(({ name }) => name)).toEqual([...engineNames]);
    for (const probe of probes) {
      const missing = (probe.name === 'tensorflow' && !withTensorflow) || (probe.name === 'webgpu' && !withWebgpu);
      if (missing) expect(probe).toMatchObject({ state: 'unavailable' });
      else expect(probe).toMatchObject({ state: 'available', startMilliseconds: expect.any(Number) as number });
    }
  });
});
