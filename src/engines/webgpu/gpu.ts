/**
 * One device of one engine, and what became of it.
 *
 * WebGPU tells errors late and elsewhere: a lost device, a lack of memory or an invalid command come as events after the
 * call that caused them. This keeps the first of them as `failure`; whoever uses the device asks before it records and
 * again before it believes what it reads.
 * Invariant: an adapter that is a CPU is named as one; there is no other sign that would tell it from a GPU.
 */
import { UserError } from '../../errors.js';
import type { DeviceHold } from '../device-hold.js';
import { loadDawn, type Dawn, type LoadedDawn } from './load.js';

const noAdapterHint =
  "Check the GPU's driver: on Linux Vulkan's loader (libvulkan.so.1) and the GPU's Vulkan driver, so that " +
  '`vulkaninfo --summary` lists it; on Windows a driver with Direct3D 12. In a container the GPU must be passed in. ' +
  'Without a GPU use the engine kernels.';

/** @throws UserError('environment') if the package is missing or no adapter gives a device */
export async function openGpu(hold: DeviceHold): Promise<Gpu> {
  hold.tell(true);
  try {
    requireWanted(hold);
    return await open(hold);
  } catch (error) {
    hold.tell(false);
    throw error;
  }
}

async function open(hold: DeviceHold): Promise<Gpu> {
  const dawn = await loadDawn();
  const instance = dawn.create([]);
  const adapter = await instance.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) {
    throw new UserError('environment', 'WebGPU finds no GPU on this machine.', { hint: noAdapterHint });
  }
  const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
  let device: GPUDevice;
  try {
    device = await adapter.requestDevice({ requiredLimits: { maxBufferSize, maxStorageBufferBindingSize } });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `${describeAdapter(adapter.info)} gives no device: ${reason}`;
    throw new UserError('environment', message, { hint: noAdapterHint, cause });
  }
  return new Gpu(dawn, instance, device, adapter.info, hold);
}

/** In words: the GPU's name, or that it is none. */
function describeAdapter({ vendor, architecture, device, description, isFallbackAdapter }: GPUAdapterInfo): string {
  const name = [vendor, architecture, device].filter((part) => part !== '').join(' ');
  if (!isFallbackAdapter) return description === '' ? name : description;
  const renderer = architecture === 'swiftshader' ? 'SwiftShader' : description === '' ? name : description;
  return `${renderer}, a software GPU`;
}

export class Gpu {
  /** In words. */
  readonly description: string;
  /** Of the package that carries Dawn. */
  readonly packageVersion: string;
  readonly globals: Dawn['globals'];
  readonly usage: GPUBufferUsage;
  readonly mapMode: GPUMapMode;
  /** Bytes that one buffer may have and a program may reach. */
  readonly largestBuffer: number;
  #failure: Error | null = null;

  constructor(
    dawn: LoadedDawn,
    /** Dawn runs while this is referred to. */
    readonly instance: GPU,
    readonly device: GPUDevice,
    readonly adapterInfo: GPUAdapterInfo,
    private readonly hold: DeviceHold,
  ) {
    this.globals = dawn.globals;
    this.usage = dawn.globals.GPUBufferUsage;
    this.mapMode = dawn.globals.GPUMapMode;
    this.packageVersion = dawn.version;
    this.description = `${describeAdapter(adapterInfo)} (Dawn in webgpu ${dawn.version})`;
    const { maxBufferSize, maxStorageBufferBindingSize } = device.limits;
    this.largestBuffer = Math.min(maxBufferSize, maxStorageBufferBindingSize);
    device.onuncapturederror = (event) => {
      event.preventDefault();
      this.fail(new Error(`WebGPU refused a command: ${event.error.message}`));
    };
    void device.lost.then(({ message }) =>
      this.fail(
        new UserError('device_lost', `The GPU device was lost: ${message}`, {
          hint: 'Its driver reset or dropped it; the system log says more. The next attempt gets a new device.',
        }),
      ),
    );
  }

  /** The first thing that went wrong; nothing computed since can be trusted. */
  get failure(): Error | null {
    return this.#failure;
  }

  fail(failure: Error): void {
    this.#failure ??= failure;
  }

  /** @throws what went wrong, if anything did */
  requireSound(): void {
    if (this.#failure !== null) throw this.#failure;
  }

  /** A buffer that the device may not have the memory for: then it fails, which is known once the promise resolves. */
  createBuffer(
    size: number,
    usage: GPUBufferUsageFlags,
  ): { readonly buffer: GPUBuffer; readonly checked: Promise<void> } {
    this.device.pushErrorScope('out-of-memory');
    const buffer = this.device.createBuffer({ size, usage });
    const checked = this.device.popErrorScope().then(
      (error) => {
        if (error !== null) this.fail(outOfMemory(size, error.message));
      },
      // The device was lost meanwhile, which is told elsewhere.
      () => undefined,
    );
    return { buffer, checked };
  }

  /** @throws UserError if nobody waits for results any more */
  requireWanted(): void {
    requireWanted(this.hold);
  }

  /** @param settled resolves when no promise of the device is open but `lost` */
  dispose(settled: Promise<void>): void {
    this.fail(new Error('The engine was disposed.'));
    this.device.destroy();
    void Promise.all([settled, this.device.lost]).then(() => this.hold.tell(false));
  }
}

/** @param size bytes that were asked for @param reason in the device's words */
export function outOfMemory(size: number, reason: string): UserError {
  const megabytes = (size / 2 ** 20).toFixed(0);
  return new UserError('environment', `The GPU has no ${megabytes} MiB for this trial: ${reason}`, {
    hint: 'Make the batch or the model smaller, use fewer workers, or set `adjoint: binomial`.',
  });
}

function requireWanted({ shouldStop }: DeviceHold): void {
  if (shouldStop()) throw new UserError('environment', 'The computation on the GPU was stopped.');
}
