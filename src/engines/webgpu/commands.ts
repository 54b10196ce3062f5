/**
 * The line to a device: calls are recorded here and submitted together, at the latest when something is read back.
 *
 * Invariants: calls see the results of those recorded before. Buffers belong to this: the memory, the slots of arguments, and
 * a staging buffer for each read that is under way, which later ones use again. What is read back is only believed if
 * nothing has failed until then.
 */
import { outOfMemory, type Gpu } from './gpu.js';
import { listLength, listStart, slotBytes, type Fields, type Program } from './program.js';

const slotWords = slotBytes / 4;
/** Calls that are submitted together at most, so that the device starts while more are recorded. */
const slots = 256;
const smallestStaging = 4096;

export interface Lists {
  readonly terms: readonly number[];
  readonly coefficients: readonly number[];
}

export class Commands {
  readonly #layout: GPUBindGroupLayout;
  readonly #pipelineLayout: GPUPipelineLayout;
  readonly #pipelines = new Map<Program, GPUComputePipeline>();
  readonly #slots: GPUBuffer;
  readonly #integers = new Uint32Array(slots * slotWords);
  readonly #reals = new Float32Array(this.#integers.buffer);
  #memory: GPUBuffer | null = null;
  #bindings: GPUBindGroup | null = null;
  /** Resolves once it is known that the device had the memory for the last growth. */
  #grown: Promise<void> = Promise.resolve();
  #encoder: GPUCommandEncoder | null = null;
  #pass: GPUComputePassEncoder | null = null;
  #recorded = 0;
  readonly #staging: GPUBuffer[] = [];
  readonly #reading = new Set<Promise<Float32Array>>();

  constructor(private readonly gpu: Gpu) {
    const { device, usage } = gpu;
    const compute = 4; // GPUShaderStage.COMPUTE
    this.#layout = device.createBindGroupLayout({
      entries: [
        { binding: 0, visibility: compute, buffer: { type: 'storage' } },
        {
          binding: 1,
          visibility: compute,
          buffer: { type: 'uniform', hasDynamicOffset: true, minBindingSize: slotBytes },
        },
      ],
    });
    this.#pipelineLayout = device.createPipelineLayout({ bindGroupLayouts: [this.#layout] });
    this.#slots = device.createBuffer({ size: slots * slotBytes, usage: usage.UNIFORM | usage.COPY_DST });
  }

  /** Buffers on the device. */
  get bufferCount(): number {
    return 1 + (this.#memory === null ? 0 : 1) + this.#staging.length + this.#reading.size;
  }

  /**
   * Makes the memory at least so many words long, and keeps what it holds.
   * @returns its new length in words @throws UserError if the device cannot have such a buffer
   */
  grow(words: number): number {
    this.gpu.requireSound();
    const { device, usage, largestBuffer } = this.gpu;
    const old = this.#memory;
    const needed = words * 4;
    if (needed > largestBuffer) {
      const limit = `all tensors of an engine lie in one buffer, of at most ${(largestBuffer / 2 ** 20).toFixed(0)} MiB.`;
      throw outOfMemory(needed, limit);
    }
    const doubled = Math.max(needed, 2 * (old?.size ?? 0), 2 ** 20);
    const size = Math.min(Math.ceil(doubled / slotBytes) * slotBytes, largestBuffer - (largestBuffer % slotBytes));
    const { buffer, checked } = this.gpu.createBuffer(size, usage.STORAGE | usage.COPY_SRC | usage.COPY_DST);
    this.#grown = Promise.all([this.#grown, checked]).then(() => undefined);
    if (old !== null) {
      this.#endPass().copyBufferToBuffer(old, 0, buffer, 0, old.size);
      this.submit();
      old.destroy();
    }
    this.#memory = buffer;
    this.#bindings = device.createBindGroup({
      layout: this.#layout,
      entries: [
        { binding: 0, resource: { buffer } },
        { binding: 1, resource: { buffer: this.#slots, size: slotBytes } },
      ],
    });
    return size / 4;
  }

  /** Records one call. @param groups workgroups in each direction */
  call<F extends Fields>(
    program: Program<F>,
    values: { readonly [field in keyof F]: number },
    groups: readonly [x: number, y?: number, z?: number],
    lists?: Lists,
  ): void {
    this.gpu.requireSound();
    // An empty vector: nothing to do.
    if (groups[0] === 0) return;
    if (this.#recorded === slots) this.submit();
    const first = this.#recorded * slotWords;
    this.#recorded += 1;
    let word = first + 1; // The first stays `zero`.
    for (const field in program.fields) {
      if (program.fields[field] === 'f32') this.#reals[word] = values[field];
      else this.#integers[word] = values[field];
      word += 1;
    }
    if (lists !== undefined) {
      const start = first + listStart(program);
      this.#integers.set(lists.terms, start);
      this.#reals.set(lists.coefficients, start + listLength);
    }
    const pass = (this.#pass ??= this.#encoding().beginComputePass());
    pass.setPipeline(this.#pipeline(program));
    pass.setBindGroup(0, this.#bindings, [first * 4]);
    pass.dispatchWorkgroups(...groups);
  }

  /** Hands what was recorded to the device. */
  submit(): void {
    if (this.#encoder === null) return;
    const { device } = this.gpu;
    const encoder = this.#endPass();
    this.#encoder = null;
    if (this.#recorded > 0) device.queue.writeBuffer(this.#slots, 0, this.#integers, 0, this.#recorded * slotWords);
    this.#recorded = 0;
    device.queue.submit([encoder.finish()]);
  }

  /** Host → device. */
  write(start: number, values: Float32Array<ArrayBuffer>): void {
    this.gpu.requireSound();
    this.submit();
    this.gpu.device.queue.writeBuffer(this.#requireMemory(), start * 4, values);
  }

  /**
   * Device → host.
   * @param finish what to make of a copy of the words @throws what the device failed with, as a rejection
   */
  read<T>(start: number, words: number, finish: (values: Float32Array) => T): Promise<T> {
    this.gpu.requireWanted();
    const staging = this.#takeStaging(words * 4);
    this.#endPass().copyBufferToBuffer(this.#requireMemory(), start * 4, staging, 0, words * 4);
    this.submit();
    const reading = this.#map(staging, words * 4).finally(() => this.#reading.delete(reading));
    this.#reading.add(reading);
    const result = reading.then(finish);
    // Of two reads under way a caller may await only the first, if that fails: the other's failure is the same.
    result.catch(() => undefined);
    return result;
  }

  /** Words → the beginning of another buffer; submitted. */
  copyOut(start: number, words: number, target: GPUBuffer): void {
    this.gpu.requireSound();
    this.#endPass().copyBufferToBuffer(this.#requireMemory(), start * 4, target, 0, words * 4);
    this.submit();
  }

  /** The beginning of another buffer → words, by another's commands, which must be submitted before the next call here. */
  copyIn(encoder: GPUCommandEncoder, source: GPUBuffer, start: number, words: number): void {
    this.gpu.requireSound();
    this.submit();
    encoder.copyBufferToBuffer(source, 0, this.#requireMemory(), start * 4, words * 4);
  }

  /** Resolves when no promise of the device is open any more. */
  async settled(): Promise<void> {
    await Promise.allSettled([this.#grown, ...this.#reading]);
  }

  async #map(staging: GPUBuffer, bytes: number): Promise<Float32Array> {
    try {
      await staging.mapAsync(this.gpu.mapMode.READ, 0, bytes);
      await this.#grown;
    } catch (cause) {
      // That the device is lost is told in another event, after this one.
      await new Promise((resolve) => setImmediate(resolve));
      this.gpu.requireSound();
      throw cause;
    }
    const values = new Float32Array(staging.getMappedRange(0, bytes).slice(0));
    staging.unmap();
    this.#staging.push(staging);
    this.gpu.requireSound();
    return values;
  }

  #takeStaging(bytes: number): GPUBuffer {
    this.gpu.requireSound();
    const index = this.#staging.findIndex(({ size }) => size >= bytes);
    if (index >= 0) return this.#staging.splice(index, 1)[0];
    // In place of one that is too small, so that there are never more than reads at a time.
    this.#staging.pop()?.destroy();
    const size = Math.max(smallestStaging, 2 ** Math.ceil(Math.log2(bytes)));
    const { device, usage } = this.gpu;
    return device.createBuffer({ size, usage: usage.MAP_READ | usage.COPY_DST });
  }

  #pipeline(program: Program): GPUComputePipeline {
    const known = this.#pipelines.get(program);
    if (known !== undefined) return known;
    const { device } = this.gpu;
    const module = device.createShaderModule({ label: program.name, code: program.code });
    const pipeline = device.createComputePipeline({
      label: program.name,
      layout: this.#pipelineLayout,
      compute: { module },
    });
    this.#pipelines.set(program, pipeline);
    return pipeline;
  }

  #encoding(): GPUCommandEncoder {
    return (this.#encoder ??= this.gpu.device.createCommandEncoder());
  }

  #endPass(): GPUCommandEncoder {
    this.#pass?.end();
    this.#pass = null;
    return this.#encoding();
  }

  #requireMemory(): GPUBuffer {
    if (this.#memory === null) throw new Error('The engine has allocated nothing yet.');
    return this.#memory;
  }
}
