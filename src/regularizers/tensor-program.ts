/**
 * A fixed sequence of engine operations on tensors of one batch size, with its reverse and its tangent: what the
 * Taylor regulariser writes its recurrences in.
 *
 * Invariant: every register is written by one instruction, after those that it reads; so the reverse adds each
 * cotangent once, in opposite order (Griewank & Walther, Evaluating derivatives, chapter 3). Registers of one
 * evaluation live in its storage: the program itself holds no state.
 */
import type { Activations, CompiledChain, Engine, Tensor } from '../engines/engine.js';

/** Names a tensor of the storage. */
export type Register = number;

export interface Product {
  readonly scale: number;
  readonly a: Register;
  readonly b: Register;
}

type Instruction =
  | {
      readonly kind: 'chain';
      readonly chain: CompiledChain;
      /** Null: the time of the evaluation. */
      readonly time: number | null;
      /** Whether its parameters are trained. */
      readonly trained: boolean;
      readonly x: Register;
    }
  /** The slope of an elementwise chain at x, entry by entry; taken as constant by reverse and tangent. */
  | { readonly kind: 'slope'; readonly of: Register; readonly ones: Register }
  /** Σ coefficient · source. */
  | { readonly kind: 'combination'; readonly coefficients: readonly number[]; readonly sources: readonly Register[] }
  /** Σ scale · a ⊙ b. */
  | { readonly kind: 'products'; readonly products: readonly Product[] }
  /** Written from outside: an input, or a constant. */
  | { readonly kind: 'input'; readonly value: number };

/** All registers of one evaluation, and what its chains keep. */
export class ProgramStorage implements Activations {
  constructor(
    private readonly engine: Engine,
    readonly rows: number,
    readonly tensors: readonly Tensor[],
    readonly kept: ReadonlyMap<Register, Activations>,
  ) {}

  get bytes(): number {
    const entryBytes = this.engine.dtype === 'f32' ? 4 : 8;
    const entries = this.tensors.reduce((sum, { rows, columns }) => sum + rows * columns, 0);
    return [...this.kept.values()].reduce((sum, { bytes }) => sum + bytes, entries * entryBytes);
  }

  dispose(): void {
    for (const tensor of this.tensors) this.engine.free(tensor);
    for (const kept of this.kept.values()) kept.dispose();
  }
}

export class TensorProgram {
  readonly #engine: Engine;
  readonly #instructions: Instruction[] = [];
  readonly #columns: number[] = [];

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** A register that is written before `run`; holds `value` until then. */
  input(columns: number, value = 0): Register {
    return this.#append(columns, { kind: 'input', value });
  }

  /** @param time null: that of the evaluation */
  chain(chain: CompiledChain, x: Register, time: number | null, { trained = true } = {}): Register {
    return this.#append(chain.chain.outputs, { kind: 'chain', chain, time, trained, x });
  }

  /** @param of what `chain` returned for an elementwise chain @param ones a register of ones */
  slope(of: Register, ones: Register): Register {
    return this.#append(this.#columns[of], { kind: 'slope', of, ones });
  }

  combination(coefficients: readonly number[], sources: readonly Register[]): Register {
    return this.#append(this.#columns[sources[0]], { kind: 'combination', coefficients, sources });
  }

  products(products: readonly Product[]): Register {
    return this.#append(this.#columns[products[0].a], { kind: 'products', products });
  }

  createStorage(rows: number): ProgramStorage {
    const engine = this.#engine;
    const tensors = this.#allocate(rows);
    const kept = new Map<Register, Activations>();
    for (const [register, instruction] of this.#instructions.entries()) {
      if (instruction.kind === 'chain') kept.set(register, instruction.chain.createActivations(rows));
      if (instruction.kind === 'input') engine.fill(tensors[register], instruction.value);
    }
    return new ProgramStorage(engine, rows, tensors, kept);
  }

  /** Room for a cotangent or a tangent of every register. */
  createBars(rows: number): ProgramBars {
    const widths = [...new Set(this.#columns)];
    const pulled = widths.map((columns) => [columns, this.#engine.allocate(rows, columns)] as const);
    return { bars: this.#allocate(rows), pulled: new Map(pulled) };
  }

  freeBars({ bars, pulled }: ProgramBars): void {
    for (const tensor of [...bars, ...pulled.values()]) this.#engine.free(tensor);
  }

  run(t: number, { tensors, kept }: ProgramStorage): void {
    const engine = this.#engine;
    for (const [register, instruction] of this.#instructions.entries()) {
      const target = tensors[register];
      switch (instruction.kind) {
        case 'input':
          break;
        case 'chain':
          instruction.chain.evaluate(instruction.time ?? t, tensors[instruction.x], target, kept.get(register));
          break;
        case 'slope':
          this.#push(instruction.of, t, 0, tensors, kept, tensors[instruction.ones], target);
          break;
        case 'combination':
          engine.combine(
            target,
            null,
            1,
            instruction.coefficients,
            instruction.sources.map((source) => tensors[source]),
          );
          break;
        case 'products':
          for (const [k, { scale, a, b }] of instruction.products.entries()) {
            engine.multiply(target, k === 0 ? null : target, scale, tensors[a], tensors[b]);
          }
          break;
      }
    }
  }

  /**
   * From the cotangents of outputs in `bars` (0 for all other registers) to those of inputs.
   * @param intoGradient whether trained chains add to the gradient of their parameters
   */
  reverse(t: number, { tensors, kept }: ProgramStorage, { bars, pulled }: ProgramBars, intoGradient: boolean): void {
    const engine = this.#engine;
    for (let register = this.#instructions.length - 1; register >= 0; register -= 1) {
      const instruction = this.#instructions[register];
      const bar = bars[register];
      switch (instruction.kind) {
        case 'input':
        case 'slope':
          break;
        case 'chain': {
          const { chain, time, trained, x } = instruction;
          const below = pulled.get(this.#columns[x]);
          if (below === undefined) throw new Error('The cotangents belong to another program.');
          const ownKept = keptOf(kept, register);
          if (trained && intoGradient) chain.pullback(time ?? t, tensors[x], tensors[register], ownKept, bar, below);
          else chain.pullbackInput(time ?? t, tensors[x], tensors[register], ownKept, bar, below);
          engine.combine(bars[x], bars[x], 1, [1], [below]);
          break;
        }
        case 'combination':
          for (const [k, source] of instruction.sources.entries()) {
            engine.combine(bars[source], bars[source], 1, [instruction.coefficients[k]], [bar]);
          }
          break;
        case 'products':
          for (const { scale, a, b } of instruction.products) {
            engine.multiply(bars[a], bars[a], scale, bar, tensors[b]);
            engine.multiply(bars[b], bars[b], scale, bar, tensors[a]);
          }
          break;
      }
    }
  }

  /** From the tangents of inputs in `dots` to those of all other registers. */
  tangent(t: number, tDot: number, { tensors, kept }: ProgramStorage, dots: readonly Tensor[]): void {
    const engine = this.#engine;
    for (const [register, instruction] of this.#instructions.entries()) {
      const dot = dots[register];
      switch (instruction.kind) {
        case 'input':
          break;
        case 'slope':
          engine.fill(dot, 0);
          break;
        case 'chain':
          this.#push(register, t, instruction.time === null ? tDot : 0, tensors, kept, dots[instruction.x], dot);
          break;
        case 'combination':
          engine.combine(
            dot,
            null,
            1,
            instruction.coefficients,
            instruction.sources.map((source) => dots[source]),
          );
          break;
        case 'products':
          for (const [k, { scale, a, b }] of instruction.products.entries()) {
            engine.multiply(dot, k === 0 ? null : dot, scale, dots[a], tensors[b]);
            engine.multiply(dot, dot, scale, tensors[a], dots[b]);
          }
          break;
      }
    }
  }

  #append(columns: number, instruction: Instruction): Register {
    this.#instructions.push(instruction);
    this.#columns.push(columns);
    return this.#columns.length - 1;
  }

  #allocate(rows: number): readonly Tensor[] {
    return this.#columns.map((columns) => this.#engine.allocate(rows, columns));
  }

  /** Pushes a tangent through the chain that wrote a register. */
  #push(
    register: Register,
    t: number,
    tDot: number,
    tensors: readonly Tensor[],
    kept: ReadonlyMap<Register, Activations>,
    xDot: Tensor,
    yDot: Tensor,
  ): void {
    const instruction = this.#instructions[register];
    if (instruction.kind !== 'chain') throw new Error('Only what a chain wrote has a slope.');
    const { chain, time, x } = instruction;
    chain.pushforward(time ?? t, tensors[x], tensors[register], keptOf(kept, register), tDot, xDot, yDot);
  }
}

export interface ProgramBars {
  /** One for each register. */
  readonly bars: readonly Tensor[];
  /** By columns: what a chain pulls back to a register, before it is added to its bar. */
  readonly pulled: ReadonlyMap<number, Tensor>;
}

function keptOf(kept: ReadonlyMap<Register, Activations>, register: Register): Activations {
  const own = kept.get(register);
  if (own === undefined) throw new Error(`Register ${register} was not written by a chain.`);
  return own;
}
