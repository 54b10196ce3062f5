/** The door to the engines: everything outside this room names an engine and gets it, or a clear error. */
import { UserError } from '../errors.js';
import type { Dtype, Engine } from './engine.js';
import { createKernelsEngine } from './kernels/engine.js';
import { engineNames, type EngineName } from './names.js';
import { createReferenceEngine } from './reference/engine.js';

export { engineNames, type EngineName };

/** Whether an engine starts on this machine. */
export type EngineProbe =
  | {
      readonly name: EngineName;
      readonly state: 'available';
      readonly device: string;
      /** Wall time from the call to the ready engine. */
      readonly startMilliseconds: number;
    }
  | { readonly name: EngineName; readonly state: 'unavailable'; readonly reason: string; readonly hint: string };

/** @throws UserError if there is no such engine, it lacks the dtype, or it cannot start here: never another engine instead */
export async function createEngine(name: string, dtype: Dtype): Promise<Engine> {
  switch (name as EngineName) {
    case 'kernels':
      return createKernelsEngine({ dtype });
    case 'reference':
      if (dtype !== 'f64') {
        throw new UserError('usage', `The reference engine computes in f64 only, but dtype ${dtype} was asked for.`, {
          hint: 'Set `dtype: f64`, or use the kernels engine.',
        });
      }
      return createReferenceEngine();
    default:
      throw new UserError('usage', `There is no engine "${name}"; there are: ${engineNames.join(', ')}.`, {
        hint: `Set \`engine\` to one of ${engineNames.join(', ')}.`,
      });
  }
}

/** Starts every engine once and tells which do, and why the others do not; one after the other. */
export async function probeEngines(): Promise<readonly EngineProbe[]> {
  const probes: EngineProbe[] = [];
  for (const name of engineNames) probes.push(await probe(name));
  return probes;
}

async function probe(name: EngineName): Promise<EngineProbe> {
  const began = performance.now();
  try {
    const engine = await createEngine(name, 'f64');
    const startMilliseconds = performance.now() - began;
    const { device } = engine;
    engine.dispose();
    return { name, state: 'available', device, startMilliseconds };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { name, state: 'unavailable', reason: error.message, hint: error.hint ?? '' };
  }
}
