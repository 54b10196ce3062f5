/**
 * The door to the engines: everything outside this room names an engine and gets it, or a clear error. An engine's modules
 * are loaded when it is first created.
 */
import { UserError } from '../errors.js';
import { startFastest, startFirst, type EngineChoice } from './auto/choose.js';
import type { Work } from './auto/cost-model.js';
import { kernelCosts, tensorflowCosts } from './auto/costs.js';
import { requireTfjs } from './compile-field.js';
import { undisturbed, type DeviceHold } from './device-hold.js';
import type { Dtype, Engine } from './engine.js';
import type { Chain } from './layer.js';
import { engineNames, tfjsEngineNames, type EngineName } from './names.js';
import { tensorflowThreads } from './share-cores.js';
import type { TfjsField } from './tfjs/field.js';

export { compileField, runsNoTfjs, type CompiledField } from './compile-field.js';
export { shareCores } from './share-cores.js';
export { engineNames, tfjsEngineNames, type DeviceHold, type EngineChoice, type EngineName, type Work };

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

/**
 * @param hold for threads that may be terminated; only engines with a device of their own look at it
 * @throws UserError if there is no such engine, it lacks the dtype, or it cannot start here: never another engine instead
 */
export async function createEngine(name: string, dtype: Dtype, hold: DeviceHold = undisturbed): Promise<Engine> {
  switch (name as EngineName) {
    case 'kernels':
      return (await import('./kernels/engine.js')).createKernelsEngine({ dtype });
    case 'tensorflow':
      requireOnly('f32', name, dtype);
      return (await import('./tensorflow/engine.js')).createTensorflowEngine();
    case 'webgpu':
      requireOnly('f32', name, dtype);
      return (await import('./webgpu/engine.js')).createWebgpuEngine(hold);
    case 'reference':
      requireOnly('f64', name, dtype);
      return (await import('./reference/engine.js')).createReferenceEngine();
    default:
      throw new UserError('usage', `There is no engine "${name}"; there are: ${engineNames.join(', ')}.`, {
        hint: `Set \`engine\` to one of ${engineNames.join(', ')}.`,
      });
  }
}

/**
 * The engine that is predicted to be the fastest for the work, of those that have the dtype and start here; for a field
 * that is a tfjs function the first that runs it: TensorFlow, for which each of the function's operations is a call and
 * not a dispatch to a GPU.
 * @throws UserError if none starts
 */
export async function createFastestEngine(
  { field, rows }: Omit<Work, 'field'> & { readonly field: Chain | TfjsField },
  dtype: Dtype,
  hold: DeviceHold = undisturbed,
): Promise<EngineChoice> {
  if (!('layers' in field)) {
    requireOnly('f32', tfjsEngineNames[0], dtype);
    const candidates = tfjsEngineNames.map((name) => ({ name, start: () => createTfjsEngine(name, dtype, hold) }));
    return startFirst(candidates, "the model's field is a tfjs function");
  }
  const work = { field, rows };
  const start = (name: EngineName) => () => createEngine(name, dtype, hold);
  const kernels = { name: 'kernels', costs: kernelCosts[dtype], threads: 1, start: start('kernels') } as const;
  if (dtype === 'f64') return startFastest([kernels], work, dtype);
  const threads = tensorflowThreads();
  const tensorflow = { name: 'tensorflow', costs: tensorflowCosts, threads, start: start('tensorflow') } as const;
  return startFastest([kernels, tensorflow], work, dtype);
}

/** An engine that has loaded tfjs. @throws UserError as `createEngine`, or if a package of tfjs is missing */
export async function createTfjsEngine(name: string, dtype: Dtype, hold: DeviceHold = undisturbed): Promise<Engine> {
  const engine = await createEngine(name, dtype, hold);
  try {
    requireTfjs(engine);
    return engine;
  } catch (error) {
    engine.dispose();
    throw error;
  }
}

function requireOnly(only: Dtype, name: string, dtype: Dtype): void {
  if (dtype === only) return;
  throw new UserError('usage', `The ${name} engine computes in ${only} only, but dtype ${dtype} was asked for.`, {
    hint: `Set \`dtype: ${only}\`, or use the kernels engine.`,
  });
}

/** Starts every engine once and tells which do, and why the others do not; one after the other. */
export async function probeEngines(): Promise<readonly EngineProbe[]> {
  const probes: EngineProbe[] = [];
  for (const name of engineNames) probes.push(await probeEngine(name));
  return probes;
}

/** Starts an engine once and tells whether it does. */
export async function probeEngine(name: EngineName): Promise<EngineProbe> {
  const began = performance.now();
  try {
    const engine = await createEngine(name, name === 'tensorflow' || name === 'webgpu' ? 'f32' : 'f64');
    const startMilliseconds = performance.now() - began;
    const { device } = engine;
    engine.dispose();
    return { name, state: 'available', device, startMilliseconds };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { name, state: 'unavailable', reason: error.message, hint: error.hint ?? '' };
  }
}
