/**
 * tanh and the sigmoid of the kernels on every one of the 2³² floats, against the host's doubles: the largest error in
 * units of the last place, where it is, and how often the result falls although the argument grows.
 *
 * Run, after `npm run build:kernels`: `node test/run-typescript.js bench/elementary-errors.ts`; some minutes.
 */
import { activationCodes, loadKernels } from '../src/engines/kernels/calls.js';
import { KernelMemory } from '../src/engines/kernels/memory.js';

/** Floats that go through a kernel at a time. */
const count = 2 ** 20;
const { calls, memory: wasm, heapBase } = await loadKernels('f32');
const memory = new KernelMemory(wasm, heapBase, 'f32');
const [source, target] = [memory.allocate(4 * count), memory.allocate(4 * count)];
const bits = new Uint32Array(wasm.buffer, source, count);
const inputs = new Float32Array(wasm.buffer, source, count);
const outputs = new Float32Array(wasm.buffer, target, count);

/** Size of the last place of a float. */
function ulp(value: number): number {
  return 2 ** (Math.max(-126, Math.floor(Math.log2(Math.abs(value)))) - 23);
}

interface Errors {
  readonly worst: number;
  readonly at: number;
  readonly falls: number;
}

/** All floats of one sign, from 0 to infinity. */
function measure(kind: 'tanh' | 'sigmoid', exact: (x: number) => number, sign: 1 | -1): Errors {
  let [worst, at, falls, before] = [0, 0, 0, exact(0) * sign];
  for (let first = 0; first <= 0x7f800000; first += count) {
    for (let i = 0; i < count; i++) bits[i] = (first + i) | (sign < 0 ? 0x80000000 : 0);
    calls.activate(activationCodes[kind], source, count, target);
    for (let i = 0; i < count && first + i <= 0x7f800000; i++) {
      const wanted = exact(inputs[i]);
      if (outputs[i] * sign < before) falls++;
      before = outputs[i] * sign;
      const difference = Math.abs(outputs[i] - wanted);
      // A place is never smaller than this: most logarithms are spared.
      if (difference <= worst * Math.abs(wanted) * 2 ** -24) continue;
      const error = difference / ulp(wanted);
      if (!(error <= worst)) [worst, at] = [error, inputs[i]];
    }
  }
  return { worst, at, falls };
}

const sigmoid = (x: number): number => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x)));
for (const [kind, exact] of [
  ['tanh', Math.tanh],
  ['sigmoid', sigmoid],
] as const) {
  for (const sign of [1, -1] as const) {
    const { worst, at, falls } = measure(kind, exact, sign);
    console.log(`${kind}, ${sign > 0 ? 'x ≥ 0' : 'x ≤ 0'}: ${worst.toFixed(3)} ulp at ${at}, falls ${falls} times`);
  }
}
