/**
 * How fast the kernels engine is on this machine: GFLOP/s on the MNIST field, microseconds on a small one. With the
 * arguments `tensorflow` and `webgpu` those engines' figures follow, in the same run.
 *
 * Run: `npx tsc --noEmit false --outDir dist --sourceMap false && npm run build:kernels && node dist/bench/kernels.js`;
 * TF_NUM_INTRAOP_THREADS=1 and TF_NUM_INTEROP_THREADS=1 before it hold TensorFlow to one thread, as the kernels are.
 */
import type { Awaitable, CompiledChain, Dtype, Engine } from '../src/engines/engine.js';
import type { Chain, Layer } from '../src/engines/layer.js';
import { createEngine } from '../src/engines/index.js';

/** x → tanh(W₂ [tanh(W₁ [x; t] + b₁); t] + b₂). */
function field(width: number, hidden: number): Chain {
  return {
    inputs: width,
    outputs: width,
    parameterCount: (width + 2) * hidden + (hidden + 2) * width,
    layers: [...timeDense(width, hidden), { kind: 'tanh' }, ...timeDense(hidden, width), { kind: 'tanh' }],
  };
}

function timeDense(inputs: number, outputs: number): Layer[] {
  return [
    { kind: 'concat-time', inputs },
    { kind: 'dense', inputs: inputs + 1, outputs },
  ];
}

/** One dense layer with time, without an activation. */
function denseOnly(inputs: number, outputs: number): Chain {
  return { inputs, outputs, parameterCount: (inputs + 2) * outputs, layers: timeDense(inputs, outputs) };
}

/** Small, reproducible numbers without any structure. */
function noise(count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => ((((i + 1) * 2654435761) % 4294967296) / 4294967296 - 0.5) / 8);
}

/** Shortest of many runs, in seconds a call; what was enqueued on a device is waited for. */
async function seconds(engine: Engine, run: () => Awaitable<unknown>, calls: number, repeats: number): Promise<number> {
  const last = engine.allocate(1, 1);
  let best = Infinity;
  for (let repeat = 0; repeat < repeats; repeat++) {
    const began = performance.now();
    for (let call = 0; call < calls; call++) {
      const running = run();
      if (running instanceof Promise) await running;
    }
    const waiting = engine.read(last);
    if (waiting instanceof Promise) await waiting;
    best = Math.min(best, (performance.now() - began) / 1000 / calls);
  }
  return best;
}

interface Timing {
  readonly evaluate: number;
  readonly pullback: number;
}

async function time(engine: Engine, chain: Chain, rows: number, calls: number, repeats: number): Promise<Timing> {
  const model: CompiledChain = engine.compile(chain, engine.createParameters(noise(chain.parameterCount)), 0);
  const x = engine.allocate(rows, chain.inputs);
  const y = engine.allocate(rows, chain.outputs);
  const yBar = engine.allocate(rows, chain.outputs);
  const xBar = engine.allocate(rows, chain.inputs);
  engine.write(x, noise(rows * chain.inputs));
  engine.write(yBar, noise(rows * chain.outputs));
  const kept = model.createActivations(rows);
  model.evaluate(0.5, x, y, kept);
  return {
    evaluate: await seconds(engine, () => model.evaluate(0.5, x, y), calls, repeats),
    pullback: await seconds(engine, () => model.pullback(0.5, x, y, kept, yBar, xBar), calls, repeats),
  };
}

function report(label: string, { evaluate, pullback }: Timing, operations: number): void {
  const line = (name: string, duration: number, count: number): string =>
    `${name} ${(duration * 1e6).toFixed(1).padStart(9)} µs ${(count / duration / 1e9).toFixed(1).padStart(6)} GFLOP/s`;
  console.log(
    `${label.padEnd(34)} ${line('evaluate', evaluate, operations)}   ${line('pullback', pullback, 2 * operations)}`,
  );
}

const measured: [engine: string, dtype: Dtype][] = [
  ['kernels', 'f32'],
  ['kernels', 'f64'],
];
for (const name of ['tensorflow', 'webgpu']) if (process.argv.includes(name)) measured.push([name, 'f32']);
for (const [name, dtype] of measured) {
  const engine = await createEngine(name, dtype);
  console.log(`${name}: ${engine.device}`);
  for (const [inputs, outputs] of [
    [784, 100],
    [100, 784],
    [1000, 1000],
  ]) {
    const label = `${dtype} dense ${inputs} → ${outputs}, 512 rows`;
    report(label, await time(engine, denseOnly(inputs, outputs), 512, 2, 15), 2 * 512 * inputs * outputs);
  }
  const mnist = 2 * 512 * 2 * 784 * 100;
  report(`${dtype} field 784-100-784, 512 rows`, await time(engine, field(784, 100), 512, 2, 15), mnist);
  for (const rows of [1, 8, 32, 64]) {
    const label = `${dtype} field 2-50-2, ${rows} rows`;
    report(label, await time(engine, field(2, 50), rows, 2000, 30), 2 * rows * 2 * 2 * 50);
  }
  const state = Array.from({ length: 9 }, () => engine.allocate(512, 784));
  const small = Array.from({ length: 9 }, () => engine.allocate(1, 2));
  const coefficients = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7];
  for (const [size, [target, base, ...terms], calls] of [
    ['512 × 784', state, 2],
    ['1 × 2', small, 5000],
  ] as const) {
    const combine = await seconds(engine, () => engine.combine(target, base, 0.1, coefficients, terms), calls, 20);
    const step = { y0: target, y1: base, h: 0.1, weights: coefficients, stages: terms, atol: 1e-6, rtol: 1e-6 };
    const norm = await seconds(engine, () => engine.errorNorm(step), calls, 20);
    const [first, second] = [(combine * 1e6).toFixed(2), (norm * 1e6).toFixed(2)];
    console.log(`${`${dtype} ${size}, 7 terms`.padEnd(34)} combine ${first} µs   error norm ${second} µs`);
  }
}
