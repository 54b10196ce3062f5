/**
 * How fast the kernels are on this machine, on the sizes of `bench/problems`: dense layers kernel by kernel, what runs
 * entry by entry, and whole fields through the engine. With the argument `tensorflow` that engine's fields follow.
 *
 * Run, after `npm run build:kernels`: `node test/run-typescript.js bench/kernels.ts`; TF_NUM_INTRAOP_THREADS=1 and
 * TF_NUM_INTEROP_THREADS=1 before it hold TensorFlow to one thread, as the kernels are. Times are the least CPU time of
 * many runs, which neighbours on a shared machine disturb least.
 */
import type { Chain, Layer } from '../src/engines/layer.js';
import type { Dtype, Engine } from '../src/engines/engine.js';
import { createEngine } from '../src/engines/index.js';
import { activationCodes, loadKernels, type KernelCalls } from '../src/engines/kernels/calls.js';
import { KernelMemory } from '../src/engines/kernels/memory.js';

/** Seconds a call. */
function seconds(run: () => void): number {
  const timed = (calls: number): number => {
    const before = process.cpuUsage();
    for (let call = 0; call < calls; call++) run();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1e6;
  };
  let calls = 1;
  while (timed(calls) < 0.003) calls *= 2;
  let best = Infinity;
  for (let repeat = 0; repeat < 15; repeat++) best = Math.min(best, timed(calls));
  return best / calls;
}

/** Small, reproducible numbers without any structure. */
function noise(count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => ((((i + 1) * 2654435761) % 4294967296) / 4294967296 - 0.5) / 8);
}

/** A duration and how much it did, `amount` in units of which 10⁹ a second are one `unit`. */
function cell(duration: number, amount: number, unit: string): string {
  const micros = (duration * 1e6).toFixed(duration < 1e-5 ? 3 : 1).padStart(9);
  return `${micros} µs ${(amount / duration / 1e9).toFixed(1).padStart(5)} ${unit}`;
}

function line(label: string, ...cells: readonly string[]): void {
  console.log([label.padEnd(24), ...cells.map((text) => text.padStart(24))].join(' '));
}

/** The kernels of one dtype, with a memory to put operands in. */
interface Bench {
  readonly calls: KernelCalls;
  readonly memory: KernelMemory;
  /** The address of `count` entries, filled with noise. */
  readonly entries: (count: number) => number;
}

async function createBench(dtype: Dtype): Promise<Bench> {
  const { calls, memory: wasm, heapBase } = await loadKernels(dtype);
  const memory = new KernelMemory(wasm, heapBase, dtype);
  const entries = (count: number): number => {
    const address = memory.allocate(count * memory.entryBytes);
    memory.reals.set(noise(count), address / memory.entryBytes);
    return address;
  };
  return { calls, memory, entries };
}

function reportLayer({ calls, memory, entries }: Bench, inputs: number, outputs: number, rows: number): void {
  const weights = entries((inputs + 2) * outputs);
  const gradient = entries((inputs + 2) * outputs);
  const [x, xBar] = [entries(rows * inputs), entries(rows * inputs)];
  const [y, dz] = [entries(rows * outputs), entries(rows * outputs)];
  const forward = memory.allocate(calls.forwardBytes(inputs, outputs));
  const backward = memory.allocate(calls.backwardBytes(inputs, outputs));
  const zeros = memory.allocate(32);
  const scratch = memory.allocate(outputs * memory.entryBytes);
  const { none, tanh } = activationCodes;
  const evaluate = (activation: number): number =>
    seconds(() => calls.denseForward(0.5, x, rows, inputs, outputs, forward, 1, scratch, activation, y));
  const pack = seconds(() => {
    calls.packForward(weights, inputs, outputs, 1, 1, forward);
    calls.packBackward(weights, inputs, outputs, 1, backward);
  });
  const operations = 2 * rows * inputs * outputs;
  line(
    `${inputs} → ${outputs}, ${rows} rows`,
    cell(evaluate(none), operations, 'GF/s'),
    cell(evaluate(tanh), operations, 'GF/s'),
    cell(
      seconds(() => calls.denseGradient(0.5, x, dz, rows, inputs, outputs, 1, 1, gradient, scratch)),
      operations,
      'GF/s',
    ),
    cell(
      seconds(() => calls.denseInputCotangent(dz, rows, inputs, outputs, backward, zeros, xBar)),
      operations,
      'GF/s',
    ),
    `${(pack * 1e6).toFixed(3)} µs`,
  );
}

/** What runs entry by entry, on tensors of `count` entries; 7 terms or stages. */
function reportEntries({ calls, memory, entries }: Bench, count: number): void {
  const terms = 7;
  const bytes = Math.ceil((count * memory.entryBytes) / 16) * 16;
  const [target, a, b] = [entries(count), entries(count), entries(count)];
  const [factors, doubles, addresses] = [entries(terms), memory.allocate(8 * terms), memory.allocate(4 * terms)];
  memory.doubles.set(noise(terms), doubles / 8);
  for (let j = 0; j < terms; j++) memory.words[addresses / 4 + j] = entries(count);
  const rate = (amount: number, run: () => void): string => cell(seconds(run), amount, 'G/s');
  const traffic = (tensors: number): number => tensors * count * memory.entryBytes;
  line(
    `${count} entries`,
    rate(count, () => calls.activate(activationCodes.tanh, a, count, target)),
    rate(count, () => calls.activate(activationCodes.sigmoid, a, count, target)),
    rate(count, () => calls.pullActivation(activationCodes.tanh, a, b, count, target)),
    rate(traffic(terms + 2), () => calls.combine(target, a, terms, factors, addresses, bytes)),
    rate(traffic(terms + 2), () => void calls.errorSquares(a, b, count, terms, doubles, addresses, 1e-6, 1e-6)),
  );
}

/** x → W₂ tanh(W₁ [x; t] + b₁) + b₂. */
function field(width: number, hidden: number): Chain {
  const timeDense = (inputs: number, outputs: number): Layer[] => [
    { kind: 'concat-time', inputs },
    { kind: 'dense', inputs: inputs + 1, outputs },
  ];
  const layers: Layer[] = [...timeDense(width, hidden), { kind: 'tanh' }, ...timeDense(hidden, width)];
  return { inputs: width, outputs: width, parameterCount: (width + 2) * hidden + (hidden + 2) * width, layers };
}

function reportField(engine: Engine, chain: Chain, hidden: number, rows: number): void {
  const parameters = engine.createParameters(noise(chain.parameterCount));
  const model = engine.compile(chain, parameters, 0);
  const [x, y, yBar, xBar] = [0, 1, 2, 3].map(() => engine.allocate(rows, chain.inputs));
  engine.write(x, noise(rows * chain.inputs));
  engine.write(yBar, noise(rows * chain.inputs));
  const kept = model.createActivations(rows);
  model.evaluate(0.5, x, y, kept);
  const operations = 4 * rows * chain.inputs * hidden;
  line(
    `${chain.inputs} → ${hidden} → ${chain.inputs}, ${rows} rows`,
    cell(
      seconds(() => model.evaluate(0.5, x, y)),
      operations,
      'GF/s',
    ),
    cell(
      seconds(() => model.pullback(0.5, x, y, kept, yBar, xBar)),
      2 * operations,
      'GF/s',
    ),
  );
}

async function reportFields(name: string, dtype: Dtype): Promise<void> {
  const engine = await createEngine(name, dtype);
  console.log(`\n${name} ${dtype}, ${engine.device}`);
  line('field through the engine', 'evaluate', 'pullback');
  for (const rows of [1, 16, 64, 100]) reportField(engine, field(2, 50), 50, rows);
  for (const [width, hidden] of [
    [20, 50],
    [32, 64],
    [784, 100],
  ]) {
    reportField(engine, field(width, hidden), hidden, 512);
  }
}

for (const dtype of ['f32', 'f64'] as const) {
  console.log(`\nkernels ${dtype}`);
  line('dense layer', 'forward', 'forward and tanh', 'gradient', 'input cotangent', 'packing both ways');
  for (const [inputs, outputs, ...batches] of [
    [2, 50, 1, 16, 64, 100],
    [50, 2, 1, 16, 64, 100],
    [2, 2, 64],
    [20, 50, 512],
    [50, 20, 512],
    [32, 64, 512],
    [64, 32, 512],
    [32, 10, 512],
    [784, 100, 512],
    [100, 784, 512],
  ]) {
    for (const rows of batches) reportLayer(await createBench(dtype), inputs, outputs, rows);
  }
  line('\nentry by entry', 'tanh', 'sigmoid', "tanh's pullback", 'combine, bytes', 'error norm, bytes');
  for (const count of [2, 50, 3200, 10_240, 401_408]) reportEntries(await createBench(dtype), count);
  await reportFields('kernels', dtype);
}
if (process.argv.includes('tensorflow')) await reportFields('tensorflow', 'f32');
