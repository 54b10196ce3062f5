import { describe, expect, it } from 'vitest';
import { createEngine, engineNames, probeEngines } from '../../src/engines/index.js';
import { UserError } from '../../src/errors.js';

describe('the door to the engines', () => {
  it('starts each engine by its name, with the dtype asked for', async () => {
    for (const name of engineNames) {
      const engine = await createEngine(name, 'f64');
      expect([engine.name, engine.dtype]).toEqual([name, 'f64']);
    }
    expect((await createEngine('kernels', 'f32')).dtype).toBe('f32');
  });

  it('lists the known engines when the name is none of them', async () => {
    const refused = createEngine('cuda', 'f32');
    await expect(refused).rejects.toBeInstanceOf(UserError);
    await expect(refused).rejects.toThrow('no engine "cuda"; there are: kernels, reference');
  });

  it('refuses f32 on the reference engine', async () => {
    await expect(createEngine('reference', 'f32')).rejects.toThrow('f64 only');
  });

  it('probes every engine and tells its device and how long it took to start', async () => {
    const probes = await probeEngines();
    expect(probes.map(({ name }) => name)).toEqual([...engineNames]);
    for (const probe of probes) {
      expect(probe).toMatchObject({ state: 'available', startMilliseconds: expect.any(Number) as number });
    }
  });
});
