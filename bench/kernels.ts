/**
 * How fast the engine kernels is on this machine, on the sizes of `bench/problems`: dense layers alone, whole fields, and
 * what runs entry by entry. With the argument `tensorflow` that engine follows.
 *
 * Run, after `npm run build:kernels`: `node test/run-typescript.js bench/kernels.ts`; TF_NUM_INTRAOP_THREADS=1 and
 * TF_NUM_INTEROP_THREADS=1 before it hold TensorFlow to one thread, as the kernels are. Times are the least CPU time of
 * many runs, which neighbours on a shared machine disturb least; a call's own cost is in them.
 */
import type { Chain, Layer } from '../src/engines/layer.js';
import type { Dtype, Engine, Tensor } from '../src/engines/engine.js';
import { createEngine } from '../src/engines/index.js';

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

/** A tensor filled with noise. */
function filled(engine: Engine, rows: number, columns: number): Tensor {
  const tensor = engine.allocate(rows, columns);
  engine.write(tensor, noise(rows * columns));
  return tensor;
}

/** Seconds of each way through a chain. */
interface Timing {
  readonly evaluate: number;
  readonly gradient: number;
  readonly inputCotangent: number;
  readonly pullback: number;
}

function time(engine: Engine, chain: Chain, rows: number): Timing {
  const parameters = engine.createParameters(noise(chain.parameterCount));
  const model = engine.compile(chain, parameters, 0);
  const x = filled(engine, rows, chain.inputs);
  const yBar = filled(engine, rows, chain.outputs);
  const [y, xBar] = [engine.allocate(rows, chain.outputs), engine.allocate(rows, chain.inputs)];
  const kept = model.createActivations(rows);
  model.evaluate(0.5, x, y, kept);
  const timing = {
    evaluate: seconds(() => model.evaluate(0.5, x, y)),
    gradient: seconds(() => model.pullback(0.5, x, y, kept, yBar, null)),
    inputCotangent: seconds(() => model.pullbackInput(0.5, x, y, kept, yBar, xBar)),
    pullback: seconds(() => model.pullback(0.5, x, y, kept, yBar, xBar)),
  };
  for (const tensor of [x, yBar, y, xBar]) engine.free(tensor);
  for (const released of [kept, model, parameters]) released.dispose();
  return timing;
}

function reportLayer(engine: Engine, inputs: number, outputs: number, rows: number): void {
  const layers: Layer[] = [{ kind: 'dense', inputs, outputs }];
  const { evaluate, gradient, inputCotangent } = time(
    engine,
    { inputs, outputs, layers, parameterCount: (inputs + 1) * outputs },
    rows,
  );
  const operations = 2 * rows * inputs * outputs;
  line(
    `${inputs} → ${outputs}, ${rows} rows`,
    ...[evaluate, gradient, inputCotangent].map((duration) => cell(duration, operations, 'GF/s')),
  );
}

function reportField(engine: Engine, inner: number, hidden: number, rows: number): void {
  const { evaluate, pullback } = time(engine, field(inner, hidden), rows);
  const operations = 4 * rows * inner * hidden;
  line(
    `${inner} → ${hidden} → ${inner}, ${rows} rows`,
    cell(evaluate, operations, 'GF/s'),
    cell(pullback, 2 * operations, 'GF/s'),
  );
}

/** What runs entry by entry; combinations of 7 terms and errors of 7 stages. */
function reportEntries(engine: Engine, count: number): void {
  const activation = (kind: 'tanh' | 'sigmoid'): Timing =>
    time(engine, { inputs: count, outputs: count, layers: [{ kind }], parameterCount: 0 }, 1);
  const [target, y0, ...stages] = Array.from({ length: 9 }, () => filled(engine, 1, count));
  const weights = [...noise(stages.length)];
  const step = { y0, y1: target, h: 0.1, weights, stages, atol: 1e-6, rtol: 1e-6 };
  const traffic = 9 * count * (engine.dtype === 'f32' ? 4 : 8);
  const tanh = activation('tanh');
  line(
    `${count} entries`,
    cell(tanh.evaluate, count, 'G/s'),
    cell(tanh.inputCotangent, count, 'G/s'),
    cell(activation('sigmoid').evaluate, count, 'G/s'),
    cell(
      seconds(() => engine.combine(target, y0, 0.1, weights, stages)),
      traffic,
      'GB/s',
    ),
    cell(
      seconds(() => void engine.errorNorm(step)),
      traffic,
      'GB/s',
    ),
  );
  for (const tensor of [target, y0, ...stages]) engine.free(tensor);
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

async function report(name: string, dtype: Dtype): Promise<void> {
  const engine = await createEngine(name, dtype);
  console.log(`\n${name} ${dtype}, ${engine.device}`);
  line('dense layer', 'evaluate', 'gradient', 'input cotangent');
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
    for (const rows of batches) reportLayer(engine, inputs, outputs, rows);
  }
  line('field with time and tanh', 'evaluate', 'pullback');
  for (const rows of [1, 16, 64, 100]) reportField(engine, 2, 50, rows);
  for (const [width, hidden] of [
    [20, 50],
    [32, 64],
    [784, 100],
  ]) {
    reportField(engine, width, hidden, 512);
  }
  line('entry by entry', 'tanh', "tanh's pullback", 'sigmoid', 'combine', 'error norm');
  for (const count of [2, 50, 3200, 10_240, 401_408]) reportEntries(engine, count);
}

await report('kernels', 'f32');
await report('kernels', 'f64');
if (process.argv.includes('tensorflow')) await report('tensorflow', 'f32');
