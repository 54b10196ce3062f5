/**
 * A tfjs backend on the device of an engine.
 *
 * Invariants: each engine's backend has a name of its own, so that several may live in a thread; tfjs knows operations by
 * a backend's name, so that they are registered again for it, and forgotten with it. tfjs computes here or nothing does:
 * it would take another backend in silence.
 */
import type { Gpu } from './gpu.js';
import { loadTfjs, type DataId, type TfjsBackend, type WebgpuTfjs } from './load-tfjs.js';

/** The name for which tfjs's package registers its operations. */
const packaged = 'webgpu';

export interface TfjsDevice {
  readonly tf: WebgpuTfjs;
  readonly name: string;
  readonly backend: TfjsBackend;
  /** Its tensors' entries are gone after. */
  dispose(): void;
}

/** @throws UserError('environment') if a package of tfjs is not installed or does not load */
export function openTfjs({ device, adapterInfo, instance, globals }: Gpu): TfjsDevice {
  const { tf, WebGPUBackend } = loadTfjs();
  // There tfjs looks for what a browser has: flags of buffers, and the class by which it knows a buffer from a texture.
  Object.assign(globalThis, globals);
  class Backend extends WebGPUBackend {
    override readSync(dataId: DataId): ArrayLike<number> {
      if ((this.tensorMap.get(dataId).resource ?? null) === null) return super.readSync(dataId);
      throw new Error('A tensor on a GPU cannot be read at once (dataSync, arraySync).');
    }
  }
  const backend = withNavigator({ gpu: instance }, () => new Backend(device, adapterInfo));
  let number = 1;
  while (tf.findBackendFactory(`${packaged}-${number}`) !== null) number++;
  const name = `${packaged}-${number}`;
  tf.copyRegisteredKernels(packaged, name);
  tf.registerBackend(name, () => backend);
  void tf.setBackend(name);
  if (tf.backend() !== backend)
    throw new Error(`tfjs computes on its backend "${tf.getBackend()}" instead of ${name}.`);
  const dispose = (): void => {
    tf.removeBackend(name);
    for (const { kernelName } of tf.getKernelsForBackend(name)) tf.unregisterKernel(kernelName, name);
  };
  return { tf, name, backend, dispose };
}

/** As if the host were a browser with this navigator. */
function withNavigator<T>(navigator: object, compute: () => T): T {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
  Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true });
  try {
    return compute();
  } finally {
    if (before === undefined) Reflect.deleteProperty(globalThis, 'navigator');
    else Object.defineProperty(globalThis, 'navigator', before);
  }
}
