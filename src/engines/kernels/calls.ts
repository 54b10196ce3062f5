/**
 * The compiled kernels as the host calls them; their source is in `assembly/`.
 *
 * Every argument that names a matrix is its address in the module's memory. Kernels work on whole 16-byte vectors:
 * what they are given must end in the slack of `memory.ts`.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { UserError } from '../../errors.js';
import type { Dtype } from '../engine.js';
import type { ActivationKind } from '../layer.js';

/** How kernels name activations; as in `assembly/activation.ts`. */
export const activationCodes: Readonly<Record<ActivationKind | 'none', number>> = {
  none: 0,
  tanh: 1,
  relu: 2,
  sigmoid: 3,
};

/** The kernels of one dtype; each is explained at the function of the same name in `assembly/`. */
export interface KernelCalls {
  evaluateChain(program: number, t: number, rows: number, x: number, y: number, kept: number): void;
  pullChain(
    program: number,
    t: number,
    rows: number,
    x: number,
    y: number,
    kept: number,
    yBar: number,
    xBar: number,
    intoGradient: number,
  ): void;
  pushChain(
    program: number,
    tDot: number,
    rows: number,
    x: number,
    y: number,
    kept: number,
    xDot: number,
    yDot: number,
  ): void;
  attemptStep(program: number, t: number, h: number, y: number, y1: number, atol: number, rtol: number): number;
  replayStep(program: number, t: number, h: number, y: number, y1: number, withEnd: number): void;
  pullStep(
    program: number,
    t: number,
    h: number,
    y: number,
    y1: number,
    endStage: number,
    outputs: number,
    ofError: number,
    ofStiffness: number,
  ): void;
  combine(target: number, base: number, count: number, coefficients: number, terms: number, bytes: number): void;
  multiply(target: number, base: number, scale: number, a: number, b: number, bytes: number): void;
  combineProducts(
    target: number,
    base: number,
    count: number,
    products: number,
    coefficients: number,
    terms: number,
    bytes: number,
  ): void;
  crossEntropy(
    logits: number,
    labels: number,
    rows: number,
    classes: number,
    bar: number,
    scratch: number,
    result: number,
  ): number;
  errorSquares(
    y0: number,
    y1: number,
    entries: number,
    count: number,
    factors: number,
    stages: number,
    atol: number,
    rtol: number,
  ): number;
  pullErrorNorm(
    y0: number,
    y1: number,
    entries: number,
    count: number,
    factors: number,
    stages: number,
    atol: number,
    rtol: number,
    factor: number,
    eBar: number,
    y0Bar: number,
    y1Bar: number,
  ): void;
  scaledSquares(a: number, b: number, y: number, entries: number, atol: number, rtol: number): number;
  differenceSquares(a: number, b: number, entries: number, factor: number, aBar: number): number;
  adam(
    parameters: number,
    gradient: number,
    m: number,
    v: number,
    count: number,
    beta1: number,
    beta2: number,
    rate: number,
    rootScale: number,
    epsilon: number,
  ): void;
  momentum(parameters: number, gradient: number, velocity: number, count: number, rate: number, decay: number): void;
  packForward(weights: number, inputs: number, outputs: number, time: number, biased: number, target: number): void;
  packBackward(weights: number, inputs: number, outputs: number, time: number, target: number): void;
  forwardBytes(inputs: number, outputs: number): number;
  backwardBytes(inputs: number, outputs: number): number;
}

/** The kernels of Brownian trees, in doubles for engines of either dtype; see `assembly/brownian.ts`. */
export interface BrownianCalls {
  brownianRoot(
    key0: number,
    key1: number,
    stream: number,
    row: number,
    sizeW: number,
    sizeH: number,
    target: number,
  ): void;
  brownianSplit(
    key0: number,
    key1: number,
    stream: number,
    node: number,
    part: number,
    row: number,
    quarter: number,
    eighth: number,
    side: number,
    source: number,
    left: number,
    right: number,
  ): void;
  brownianJoin(
    row: number,
    share: number,
    bend: number,
    before: number,
    after: number,
    first: number,
    node: number,
    target: number,
  ): void;
}

const kernelNames = [
  'evaluateChain',
  'pullChain',
  'pushChain',
  'attemptStep',
  'replayStep',
  'pullStep',
  'combine',
  'multiply',
  'combineProducts',
  'crossEntropy',
  'errorSquares',
  'pullErrorNorm',
  'scaledSquares',
  'differenceSquares',
  'adam',
  'momentum',
  'packForward',
  'packBackward',
  'forwardBytes',
  'backwardBytes',
] as const satisfies readonly (keyof KernelCalls)[];

export interface KernelModule {
  readonly calls: KernelCalls;
  readonly brownian: BrownianCalls;
  readonly memory: WebAssembly.Memory;
  /** First address that the module does not use itself. */
  readonly heapBase: number;
}

/** What the module exports beside the kernels. */
interface OtherExports extends BrownianCalls {
  readonly memory: WebAssembly.Memory;
  readonly heapBase: () => number;
}

/** Where the build puts the compiled kernels, whether this runs from `src` or from `dist`. */
function builtModule(): string {
  return createRequire(import.meta.url).resolve('#kernels.wasm');
}

/**
 * Instantiates the kernels with a memory of their own.
 * @param locate gives the module's path
 * @throws UserError if they were not built or this machine cannot run them
 */
export async function loadKernels(dtype: Dtype, locate: () => string = builtModule): Promise<KernelModule> {
  const { exports } = await WebAssembly.instantiate(await compiledModule(locate), {});
  const calls = Object.fromEntries(kernelNames.map((name) => [name, exports[`${name}_${dtype}`]]));
  const others = exports as unknown as OtherExports;
  const { memory, heapBase } = others;
  return { calls: calls as unknown as KernelCalls, brownian: others, memory, heapBase: heapBase() };
}

/**
 * By path. V8 first runs quickly compiled code and optimises what is called often; the optimised code belongs to the
 * module, so that a thread which keeps it does not begin anew with every engine, nor do its neighbours.
 */
const modules = new Map<string, Promise<WebAssembly.Module>>();

function compiledModule(locate: () => string): Promise<WebAssembly.Module> {
  let path: string;
  try {
    path = locate();
  } catch (cause) {
    return Promise.reject(notBuilt(cause));
  }
  let module = modules.get(path);
  if (module === undefined) {
    module = readModule(path).then(compile);
    modules.set(path, module);
    // Built in the meantime, it may load the next time.
    module.catch(() => modules.delete(path));
  }
  return module;
}

async function readModule(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw notBuilt(cause);
  }
}

function notBuilt(cause: unknown): UserError {
  return new UserError('environment', 'The compiled kernels (dist/kernels.wasm) are missing or unreadable.', {
    hint: 'Run `npm run build`.',
    cause,
  });
}

async function compile(code: Uint8Array): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(code);
  } catch (cause) {
    throw new UserError('environment', 'The kernels cannot run here: WebAssembly with SIMD is needed.', {
      hint: 'Use Node.js 20.19 or later on a processor with SIMD.',
      cause,
    });
  }
}
