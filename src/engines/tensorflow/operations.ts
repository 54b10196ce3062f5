/**
 * TensorFlow's operations as functions of handles; each is named as TensorFlow names it.
 *
 * Invariant: a handle made here lives until `release`, until the `within` it was made in ends, or until `dispose`.
 * Known limit: TensorFlow has `_FusedMatMul`, but tfjs-node cannot pass it the list of what to fuse: a dense layer is
 * three operations.
 */
import type { ActivationKind } from '../layer.js';
import type { Binding, Handle, OperationAttribute } from './binding.js';

/** TensorFlow's number of the type double, which tfjs does not know. */
const double = 2;

export class Operations {
  readonly #binding: Binding;
  readonly #type: readonly OperationAttribute[];
  readonly #doubleType: readonly OperationAttribute[];
  readonly #toDouble: readonly OperationAttribute[];
  readonly #toWords: readonly OperationAttribute[];
  /** By transposition of the first and of the second factor. */
  readonly #matMul: readonly (readonly OperationAttribute[])[];
  readonly #live = new Set<Handle>();
  /** What the innermost `within` has made so far. */
  #made: Handle[] | null = null;

  constructor(binding: Binding) {
    this.#binding = binding;
    const type = (name: string, value: number): OperationAttribute => ({ name, type: binding.TF_ATTR_TYPE, value });
    const flag = (name: string, value: boolean): OperationAttribute => ({ name, type: binding.TF_ATTR_BOOL, value });
    this.#type = [type('T', binding.TF_FLOAT)];
    this.#doubleType = [type('T', double)];
    this.#toDouble = [type('SrcT', binding.TF_FLOAT), type('DstT', double)];
    this.#toWords = [type('T', double), type('type', binding.TF_INT32)];
    this.#matMul = [false, true].flatMap((a) =>
      [false, true].map((b) => [...this.#type, flag('transpose_a', a), flag('transpose_b', b)]),
    );
  }

  /**
   * Runs operations that have every attribute. The binding keeps the attributes' names in one table for all threads,
   * without a lock: the thread that starts engines before it starts workers so fills the table alone.
   * @throws Error if TensorFlow does not compute what it should
   */
  rehearse(): void {
    const result = this.within(() => {
      const two = this.upload([1, 1], Float32Array.of(2));
      const sum = this.sumOfSquares(this.addAll([two, two, this.matMul(two, two, true, true)]));
      this.release(two);
      return sum;
    });
    if (result !== 64) throw new Error(`TensorFlow computes (2 + 2 + 2·2)² as ${result}.`);
  }

  /** Handles that live, of this thread. */
  get liveHandles(): number {
    return this.#binding.getNumOfTensors();
  }

  /** Releases everything that `compute` made, but for what it returns. */
  within<T extends Handle | readonly Handle[] | number | null>(compute: () => T): T {
    const outer = this.#made;
    const made: Handle[] = (this.#made = []);
    let result: T | null = null;
    try {
      result = compute();
      return result;
    } finally {
      this.#made = outer;
      for (const handle of made) {
        const returned = Array.isArray(result) ? result.includes(handle) : result === handle;
        if (!returned) this.release(handle);
        else if (outer !== null) outer.push(handle);
      }
    }
  }

  /** As `within`, but what is returned outlives any `within` around it. */
  lasting(compute: () => Handle): Handle {
    const outer = this.#made;
    this.#made = null;
    try {
      return this.within(compute);
    } finally {
      this.#made = outer;
    }
  }

  /** Lives until it is released, also within `within`. The array must not change any more. */
  upload(shape: readonly number[], values: Float32Array): Handle {
    const handle = this.#binding.createTensor(shape, this.#binding.TF_FLOAT, values);
    this.#live.add(handle);
    return handle;
  }

  download(handle: Handle): Float32Array {
    return this.#binding.tensorDataSync(handle) as Float32Array;
  }

  release(handle: Handle): void {
    this.#live.delete(handle);
    this.#binding.deleteTensor(handle);
  }

  dispose(): void {
    for (const handle of this.#live) this.#binding.deleteTensor(handle);
    this.#live.clear();
  }

  scalar(value: number): Handle {
    return this.#keep(this.upload([], Float32Array.of(value)));
  }

  /** The same entries under a handle of its own. */
  identity(x: Handle): Handle {
    return this.#run('Identity', this.#type, [x]);
  }

  /** As `identity`, under a handle that belongs to whom it is given. */
  lend(x: Handle): Handle {
    return this.#binding.executeOp('Identity', this.#type, [x], 1)[0].id;
  }

  matMul(a: Handle, b: Handle, transposeA: boolean, transposeB: boolean): Handle {
    return this.#run('MatMul', this.#matMul[(transposeA ? 2 : 0) + (transposeB ? 1 : 0)], [a, b]);
  }

  /** x plus the vector `bias` in every row. */
  biasAdd(x: Handle, bias: Handle): Handle {
    return this.#run('BiasAdd', this.#type, [x, bias]);
  }

  activate(kind: ActivationKind, x: Handle): Handle {
    return this.#run(activations[kind], this.#type, [x]);
  }

  /** Slope of the activation where its value is y, times d. */
  activationSlope(kind: ActivationKind, y: Handle, d: Handle): Handle {
    return this.#run(`${activations[kind]}Grad`, this.#type, kind === 'relu' ? [d, y] : [y, d]);
  }

  add(a: Handle, b: Handle): Handle {
    return this.#run('AddV2', this.#type, [a, b]);
  }

  /** Σ terms; at least one. */
  addAll(terms: readonly Handle[]): Handle {
    if (terms.length === 1) return this.identity(terms[0]);
    if (terms.length === 2) return this.add(terms[0], terms[1]);
    const count = { name: 'N', type: this.#binding.TF_ATTR_INT, value: terms.length };
    return this.#run('AddN', [...this.#type, count], terms);
  }

  subtract(a: Handle, b: Handle): Handle {
    return this.#run('Sub', this.#type, [a, b]);
  }

  multiply(a: Handle, b: Handle): Handle {
    return this.#run('Mul', this.#type, [a, b]);
  }

  divide(a: Handle, b: Handle): Handle {
    return this.#run('RealDiv', this.#type, [a, b]);
  }

  /** As `divide`, but 0 where a is 0, whatever b is; slower. */
  divideOrZero(a: Handle, b: Handle): Handle {
    return this.#run('Xdivy', this.#type, [a, b]);
  }

  scale(x: Handle, factor: number): Handle {
    return factor === 1 ? x : this.multiply(x, this.scalar(factor));
  }

  absolute(x: Handle): Handle {
    return this.#run('Abs', this.#type, [x]);
  }

  sign(x: Handle): Handle {
    return this.#run('Sign', this.#type, [x]);
  }

  maximum(a: Handle, b: Handle): Handle {
    return this.#run('Maximum', this.#type, [a, b]);
  }

  /** Truth values of a ≥ b. */
  greaterEqual(a: Handle, b: Handle): Handle {
    return this.#run('GreaterEqual', this.#type, [a, b]);
  }

  select(condition: Handle, a: Handle, b: Handle): Handle {
    return this.#run('SelectV2', this.#type, [condition, a, b]);
  }

  /** Σ x², summed in doubles and read as one: its eight bytes come as two words, since tfjs reads no doubles. */
  sumOfSquares(x: Handle): number {
    return this.within(() => {
      const entries = this.#run('Cast', this.#toDouble, [x]);
      const half = this.#run('L2Loss', this.#doubleType, [entries]);
      const words = this.#binding.tensorDataSync(this.#run('Bitcast', this.#toWords, [half]));
      return 2 * new Float64Array(words.buffer, words.byteOffset, 1)[0];
    });
  }

  #run(name: string, attributes: readonly OperationAttribute[], inputs: readonly Handle[]): Handle {
    const handle = this.#binding.executeOp(name, attributes, inputs, 1)[0].id;
    this.#live.add(handle);
    return this.#keep(handle);
  }

  #keep(handle: Handle): Handle {
    this.#made?.push(handle);
    return handle;
  }
}

const activations: Readonly<Record<ActivationKind, string>> = { tanh: 'Tanh', relu: 'Relu', sigmoid: 'Sigmoid' };
