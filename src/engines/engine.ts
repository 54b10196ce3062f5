/**
 * What a compute engine offers to the solver, the adjoint and the trainer.
 *
 * Few, large operations on opaque batch × features matrices, so that each can be one fused kernel
 * (WASM SIMD), one graph call (TensorFlow) or one dispatch (WebGPU). Time, step sizes and every
 * scalar that steers the solver are JavaScript doubles; states are f32 or f64.
 *
 * Invariants every implementation keeps, and the shared contract tests check:
 * - A `target` is overwritten completely unless its name or comment says "adds to".
 * - A target may be the same tensor as a source only where said.
 * - Sums over entries (norms, losses) accumulate in f64 or better than f32, whatever the dtype:
 *   otherwise NFE drifts with batch size.
 * - Operations are ordered: what is enqueued later sees the results of what came before. Only
 *   functions that return `Awaitable` may have to wait for a device; a synchronous engine returns
 *   the plain value, and callers must not pay a microtask for it.
 * - Tensors (`free`), parameters, chains and activations (`dispose`) are released by whoever created them, once and in
 *   any order; only a gradient goes with its parameters. To use or release one again is an Error, and so is running a
 *   chain whose parameters are gone.
 * - One engine instance belongs to one thread.
 */
import type { FusedPullback, FusedSteps, StepBars, StepMethod } from './fused-steps.js';
import type { Chain } from './layer.js';
import type { TfjsBridge } from './tfjs/bridge.js';

export type Dtype = 'f32' | 'f64';

export type Awaitable<T> = T | Promise<T>;

/** A rows × columns matrix, row-major, on the engine's device. Opaque: only its engine looks inside. */
export interface Tensor {
  readonly rows: number;
  readonly columns: number;
}

/** A model's flat parameter vector and the gradient that pullbacks add to; both 1 × count. */
export interface Parameters {
  readonly count: number;
  readonly gradient: Tensor;
  /** Frees the values and the gradient. Tensors of an optimiser belong to whoever allocated them. */
  dispose(): void;
}

/** Absolute and relative tolerance of the scaled error norm. */
export interface Tolerances {
  readonly atol: number;
  readonly rtol: number;
}

/** Storage for what one evaluation of a chain must keep for its pullback. Opaque, reusable. */
export interface Activations {
  readonly rows: number;
  /** Most memory that they hold; follows from shapes alone. */
  readonly bytes: number;
  /** Also after its chain was disposed. */
  dispose(): void;
}

/** A chain bound to an engine, a parameter set and a place in its flat vector. */
export interface CompiledChain {
  readonly chain: Chain;
  /** Storage for one evaluation of up to `rows` rows; the caller disposes it. */
  createActivations(rows: number): Activations;
  /**
   * `target = chain(x)` at time t. With `keep`, also stores what `pullback` needs beside x and target.
   * @param x rows × chain.inputs @param target rows × chain.outputs, not x
   */
  evaluate(t: number, x: Tensor, target: Tensor, keep?: Activations): void;
  /**
   * Vector–Jacobian product of the evaluation that filled `kept` from x into y (both unchanged since):
   * `xBar = (∂y/∂x)ᵀ yBar`, and adds `(∂y/∂θ)ᵀ yBar` to the gradient of its parameters.
   * @param xBar overwritten; null where the cotangent of the input is not wanted. Never yBar itself.
   */
  pullback(t: number, x: Tensor, y: Tensor, kept: Activations, yBar: Tensor, xBar: Tensor | null): void;
  /** As `pullback`, but leaves the gradient of the parameters as it is. */
  pullbackInput(t: number, x: Tensor, y: Tensor, kept: Activations, yBar: Tensor, xBar: Tensor): void;
  /**
   * Jacobian–vector product of the evaluation that filled `kept`: `yDot = (∂y/∂x) xDot + (∂y/∂t) tDot`.
   * @param yDot overwritten; never xDot itself
   */
  pushforward(t: number, x: Tensor, y: Tensor, kept: Activations, tDot: number, xDot: Tensor, yDot: Tensor): void;
  /**
   * Steps of an explicit Runge–Kutta method with this chain as their field, each as one operation; absent: the engine
   * has single operations only. The same bits either way. @throws Error if the chain's ends differ in width
   */
  fuseSteps?(method: StepMethod, rows: number): FusedSteps;
  /** Likewise their reverse, between tensors that stay the caller's and live as long. */
  fusePullback?(method: StepMethod, rows: number, bars: StepBars): FusedPullback;
  /** Frees what the chain holds beside its parameters, the activations it created and its fused steps. */
  dispose(): void;
}

/** One attempted step as the error norm sees it: e = h Σ weights_i · stages_i, scaled by |y0|, |y1|. */
export interface StepError extends Tolerances {
  readonly y0: Tensor;
  readonly y1: Tensor;
  readonly h: number;
  /** b − b̂ of the tableau; entries that are exactly 0 are skipped. */
  readonly weights: readonly number[];
  readonly stages: readonly Tensor[];
}

/** factor ⊙ Σ coefficients_j · terms_j, entry by entry. */
export interface ProductTerm {
  /** null: 1 everywhere. */
  readonly factor: Tensor | null;
  /** Terms whose coefficient is exactly 0 are skipped, and with all of them the factor. */
  readonly coefficients: readonly number[];
  readonly terms: readonly Tensor[];
}

/** The largest of the ratios |a1 − a2| / |b1 − b2| over all entries. */
export interface EntryRatio {
  readonly value: number;
  /** Row-major index; 0 where all ratios are 0. */
  readonly entry: number;
  /** a1 − a2 and b1 − b2 there, signed. */
  readonly numerator: number;
  readonly denominator: number;
}

export interface ClassificationLoss {
  /** Mean cross entropy over the batch, in nats. */
  readonly loss: number;
  /** Rows whose largest logit is at the label. */
  readonly correct: number;
}

export interface AdamSettings {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** 1 at the first update: bias correction (Kingma & Ba 2015, algorithm 1). */
  readonly iteration: number;
}

export interface MomentumSettings {
  readonly learningRate: number;
  readonly momentum: number;
}

/** W and H of one interval for every entry of a Brownian motion, in doubles. Opaque: only its arithmetic looks inside. */
export interface BrownianRows {
  readonly entries: number;
}

/** A node of a Brownian tree as its normals are keyed: three words of the tree's identity and the node's number. */
export interface BrownianNode {
  readonly key0: number;
  readonly key1: number;
  readonly stream: number;
  /** Below 2^64. */
  readonly number: number;
}

/**
 * What a Brownian tree (`random/brownian-tree.ts`) does to all entries at once. `random/host-brownian.ts` is the
 * definition; every other implementation gives the same bits, whatever the engine's dtype.
 */
export interface BrownianArithmetic {
  /** Contents are undefined. */
  allocate(entries: number): BrownianRows;
  free(rows: BrownianRows): void;
  read(rows: BrownianRows, w: Float64Array, h: Float64Array): void;
  /** W = sizeW X and H = sizeH Y, with X and Y the node's normals. */
  root(node: BrownianNode, sizeW: number, sizeH: number, target: BrownianRows): void;
  /** The halves of a node of this length, by its normals. */
  split(node: BrownianNode, length: number, source: BrownianRows, left: BrownianRows, right: BrownianRows): void;
  /**
   * Chen's relation of what was covered before, `first` (null: nothing), and the part of a node that follows.
   * @param target may be first
   */
  join(first: BrownianRows | null, node: BrownianRows, part: BrownianPart, target: BrownianRows): void;
}

/** The part [a, b] of a node, 0 ≤ a < b ≤ 1, and the shares of what was covered before and of it in both together. */
export interface BrownianPart {
  readonly a: number;
  readonly b: number;
  readonly before: number;
  readonly after: number;
}

export interface Engine {
  readonly name: string;
  readonly dtype: Dtype;
  /** The device in words, e.g. "WebAssembly SIMD, 1 thread". */
  readonly device: string;
  /** Versions of what computes for it, by package; absent: nothing but ours does. */
  readonly packages?: Readonly<Record<string, string>>;
  /**
   * For fields that are tfjs functions; absent: it cannot run them. May load tfjs when it is first read.
   * @throws UserError('environment') if that is not installed
   */
  readonly tfjs?: TfjsBridge;

  /** For Brownian trees of this thread; null: the host's own. */
  readonly brownian: BrownianArithmetic | null;

  /** Zero-filled. */
  allocate(rows: number, columns: number): Tensor;
  free(tensor: Tensor): void;
  /** Host → device, rounded to the engine's dtype. @throws if the length is not rows·columns. */
  write(target: Tensor, values: ArrayLike<number>): void;
  /** Device → host; a copy that later operations do not change. */
  read(source: Tensor): Awaitable<Float64Array>;
  fill(target: Tensor, value: number): void;

  createParameters(initial: ArrayLike<number>): Parameters;
  writeParameters(parameters: Parameters, values: ArrayLike<number>): void;
  readParameters(parameters: Parameters): Awaitable<Float64Array>;
  /**
   * @param offset where the chain's parameters start in the flat vector
   * @throws UserError if the engine cannot run a layer of the chain, naming it
   */
  compile(chain: Chain, parameters: Parameters, offset: number): CompiledChain;

  /** target = base + Σ (scale·coefficients_j)·terms_j; base null means 0; terms whose coefficient is exactly 0 are skipped. target may be base. */
  combine(
    target: Tensor,
    base: Tensor | null,
    scale: number,
    coefficients: readonly number[],
    terms: readonly Tensor[],
  ): void;
  /**
   * target = base + scale · (a ⊙ b), entry by entry; base null means 0. b has a's shape, or is rows × 1: then it
   * holds each row's factor. target may be base, a or b.
   */
  multiply(target: Tensor, base: Tensor | null, scale: number, a: Tensor, b: Tensor): void;
  /** target = base + Σ products; base null means 0. target may be base, but no factor and no term. */
  combineProducts(target: Tensor, base: Tensor | null, products: readonly ProductTerm[]): void;
  /** Row `sourceRow` of source into row `targetRow` of target; their columns are as many. */
  copyRow(target: Tensor, targetRow: number, source: Tensor, sourceRow: number): void;
  /**
   * `count` columns of source from `sourceColumn` on into those of target from `targetColumn` on; the other columns of
   * target stay. Their rows are as many; target is not source.
   */
  copyColumns(target: Tensor, targetColumn: number, source: Tensor, sourceColumn: number, count: number): void;
  /** Adds a value to one entry, given by its row-major index. */
  addEntry(target: Tensor, entry: number, value: number): void;
  /** Σ over all entries of a · b. */
  dot(a: Tensor, b: Tensor): Awaitable<number>;
  /** Entrywise largest |a1 − a2| / |b1 − b2|; 0 where b1 = b2, the first of equals wins, NaN above all. */
  maxRatio(a1: Tensor, a2: Tensor, b1: Tensor, b2: Tensor): Awaitable<EntryRatio>;
  /** RMS over all entries of e / (atol + rtol·max(|y0|, |y1|)) (numerics: joint error norm). */
  errorNorm(step: StepError): Awaitable<number>;
  /**
   * Reverse of `errorNorm`: with E its value and Ē = errorBar its cotangent,
   * eBar = Ē ∂E/∂e (overwritten), and adds Ē ∂E/∂y0, Ē ∂E/∂y1 through the scale to y0Bar and y1Bar.
   * E = 0 gives zero cotangents (guarded). Where |y0| ≥ |y1| the max belongs to y0, else to y1.
   */
  errorNormPullback(step: StepError, error: number, errorBar: number, eBar: Tensor, y0Bar: Tensor, y1Bar: Tensor): void;
  /** RMS over all entries of (a − b) / (atol + rtol·|y|); b null means 0. */
  scaledRms(a: Tensor, b: Tensor | null, y: Tensor, tolerances: Tolerances): Awaitable<number>;
  /** RMS over all entries of a − b. */
  rmsDifference(a: Tensor, b: Tensor): Awaitable<number>;

  /**
   * @param labels rows × 1, class indices @param logitsBar overwritten with the gradient of the mean loss; null: value only
   */
  softmaxCrossEntropy(logits: Tensor, labels: Tensor, logitsBar: Tensor | null): Awaitable<ClassificationLoss>;
  /**
   * Mean of squared differences over ALL entries of all pairs.
   * @param outputBars overwritten with the gradient, one for each output; null: value only
   */
  meanSquaredError(
    outputs: readonly Tensor[],
    targets: readonly Tensor[],
    outputBars: readonly Tensor[] | null,
  ): Awaitable<number>;

  /** parameters −= Adam's update of the gradient, which is left as it is. m, v: 1 × count, zero before the first iteration. */
  adamUpdate(parameters: Parameters, m: Tensor, v: Tensor, settings: AdamSettings): void;
  /** velocity ← momentum·velocity + gradient; parameters −= learningRate·velocity; the gradient is left as it is. */
  momentumUpdate(parameters: Parameters, velocity: Tensor, settings: MomentumSettings): void;

  /** Frees everything the engine holds; no call after it. */
  dispose(): void;
}
