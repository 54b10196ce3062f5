/**
 * The door to tfjs on WebGPU: loaded when a field of tfjs functions is compiled for the engine, never before.
 *
 * What of tfjs's backend is used is told here in types of our own: the packages are optional peer dependencies, so that
 * theirs need not be there when this is compiled. They are pinned to one version, since part of it is internal to tfjs.
 * It takes all of @tensorflow/tfjs: its core alone knows no gradients.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { UserError } from '../../errors.js';
import { loadQuietly } from '../tfjs/quiet-load.js';
import type { Tfjs, TfjsTensor } from '../tfjs/tfjs.js';

const tfjsPackage = '@tensorflow/tfjs';
const backendPackage = '@tensorflow/tfjs-backend-webgpu';
/** Of both. */
const version = '4.22.0';

/** Names entries of a tensor; several tensors may share them. */
export type DataId = object;

/** A tensor that tfjs does not keep count of yet. */
interface TensorInfo {
  readonly dataId: DataId;
  readonly shape: readonly number[];
  readonly dtype: string;
}

/** tfjs's tensor as its backends see it. */
export interface DeviceTensor extends TfjsTensor, TensorInfo {}

/** tfjs's backend: a line of its own to the device. */
export interface TfjsBackend {
  /** Entries are row-major words; without a resource they are on the host. */
  readonly tensorMap: { get(dataId: DataId): { readonly resource?: GPUBuffer | null } };
  /** What it records commands in until they are submitted. */
  readonly commandEncoder: GPUCommandEncoder | null;
  /** @throws Error outside of a browser, unless the entries are on the host */
  readSync(dataId: DataId): ArrayLike<number>;
  makeTensorInfo(shape: readonly number[], dtype: 'float32'): TensorInfo;
  /** Sees to it that the entries have a buffer of the backend's own; undefined entries if there were none. */
  uploadToGPU(dataId: DataId): void;
  ensureCommandEncoderReady(): void;
  endComputePassEncoder(): void;
  submitQueue(): void;
}

/** Of the package, what is needed to run it on a device of ours. */
export interface WebgpuTfjs extends Tfjs {
  engine(): ReturnType<Tfjs['engine']> & {
    makeTensorFromTensorInfo(info: TensorInfo, backend: TfjsBackend): DeviceTensor;
  };
  /** The backend that computes now. */
  backend(): object;
  /** @returns null if there is none of this name */
  findBackendFactory(name: string): object | null;
  registerBackend(name: string, create: () => TfjsBackend): boolean;
  /** Also disposes of the backend. */
  removeBackend(name: string): void;
  getKernelsForBackend(name: string): readonly { readonly kernelName: string }[];
  copyRegisteredKernels(from: string, to: string): void;
  unregisterKernel(kernel: string, backend: string): void;
}

export interface LoadedTfjs {
  readonly tf: WebgpuTfjs;
  /** @throws Error unless `navigator.gpu` is there */
  readonly WebGPUBackend: new (device: GPUDevice, adapter: GPUAdapterInfo) => TfjsBackend;
}

/**
 * @param folder from which the packages are searched upwards
 * @throws UserError('environment') if one is not installed or does not load
 */
export function loadTfjs(folder: string = import.meta.dirname): LoadedTfjs {
  const require = createRequire(join(folder, 'package.json'));
  const path = (name: string): string => {
    try {
      return require.resolve(name);
    } catch (cause) {
      throw unavailable(`A field of tfjs functions on the engine webgpu needs ${name}, which is not installed.`, cause);
    }
  };
  const [tfjs, backend] = [path(tfjsPackage), path(backendPackage)];
  try {
    return loadQuietly(() => {
      const tf = require(tfjs) as WebgpuTfjs;
      const { WebGPUBackend } = require(backend) as Pick<LoadedTfjs, 'WebGPUBackend'>;
      return { tf, WebGPUBackend };
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw unavailable(`${tfjsPackage} or ${backendPackage} does not load: ${reason}`, cause);
  }
}

function unavailable(message: string, cause: unknown): UserError {
  const packages = `${tfjsPackage}@${version} ${backendPackage}@${version}`;
  const hint = `Run \`npm install ${packages}\` (300 MB), or use the engine tensorflow.`;
  return new UserError('environment', message, { hint, cause });
}
