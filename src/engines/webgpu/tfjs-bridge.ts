/**
 * tfjs's tensors beside those of the webgpu engine, on one device: all of the engine's lie in one buffer and each of
 * tfjs's has its own, so that entries are copied on the device, once each way.
 *
 * Invariant: both sides record commands and submit them late, so that whoever hands entries over submits first; nothing
 * that the other side does later, such as taking the same buffer for another tensor, comes before the copy.
 */
import type { Parameters, Tensor } from '../engine.js';
import { requireSameShape } from '../shape.js';
import type { TfjsBridge } from '../tfjs/bridge.js';
import type { TfjsTensor } from '../tfjs/tfjs.js';
import { combineInto, listsOf } from './combination.js';
import type { Commands } from './commands.js';
import type { DeviceTensor, WebgpuTfjs } from './load-tfjs.js';
import type { WebgpuParameters } from './parameters.js';
import { entryCount } from './tensor.js';
import type { TfjsDevice } from './tfjs-device.js';
import type { Workspace } from './workspace.js';

/** What the engine lends the bridge. */
interface Host {
  readonly commands: Commands;
  readonly workspace: Workspace;
  /** The word where a tensor starts. @throws Error if it was freed or is another engine's */
  readonly start: (tensor: Tensor) => number;
  /** @throws Error if they were disposed or are another engine's */
  readonly ownParameters: (parameters: Parameters) => WebgpuParameters;
}

export class WebgpuBridge implements TfjsBridge {
  readonly tf: WebgpuTfjs;
  readonly backend: string;

  constructor(
    private readonly tfjs: TfjsDevice,
    private readonly host: Host,
  ) {
    this.tf = tfjs.tf;
    this.backend = tfjs.name;
  }

  view(tensor: Tensor): TfjsTensor {
    return this.#copyOut(tensor, [tensor.rows, tensor.columns]);
  }

  assign(target: Tensor, values: TfjsTensor): void {
    const [rows, columns] = values.shape;
    requireSameShape('assign', target, { rows, columns });
    this.#copyIn(values, this.host.start(target), entryCount(target));
  }

  viewParameters(parameters: Parameters): TfjsTensor {
    const { values, count } = this.host.ownParameters(parameters);
    return this.#copyOut(values, [count]);
  }

  parametersVersion(parameters: Parameters): number {
    return this.host.ownParameters(parameters).version;
  }

  addToGradient(parameters: Parameters, offset: number, values: TfjsTensor): void {
    const { commands, workspace, start, ownParameters } = this.host;
    const [count] = values.shape;
    const added = workspace.block('added', count);
    this.#copyIn(values, added, count);
    const to = start(ownParameters(parameters).gradient) + offset;
    combineInto(commands, to, to, count, listsOf(1, [1], [added]));
  }

  dispose(): void {
    this.tfjs.dispose();
  }

  #copyOut(tensor: Tensor, shape: readonly number[]): TfjsTensor {
    const { tf, backend } = this.tfjs;
    const start = this.host.start(tensor);
    const info = backend.makeTensorInfo(shape, 'float32');
    const view = tf.engine().makeTensorFromTensorInfo(info, backend);
    this.host.commands.copyOut(start, entryCount(tensor), this.#buffer(view));
    return view;
  }

  #copyIn(values: TfjsTensor, start: number, words: number): void {
    const { backend } = this.tfjs;
    const buffer = this.#buffer(values as DeviceTensor);
    backend.ensureCommandEncoderReady();
    backend.endComputePassEncoder();
    if (backend.commandEncoder === null) throw new Error('tfjs has nothing to record commands in.');
    this.host.commands.copyIn(backend.commandEncoder, buffer, start, words);
    backend.submitQueue();
  }

  /** tfjs's buffer of the tensor's entries. */
  #buffer({ dataId }: DeviceTensor): GPUBuffer {
    const { backend } = this.tfjs;
    backend.uploadToGPU(dataId);
    const { resource } = backend.tensorMap.get(dataId);
    if (resource === null || resource === undefined) throw new Error('tfjs has no buffer for the tensor.');
    return resource;
  }
}
