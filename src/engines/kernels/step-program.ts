/**
 * What the module needs to know of a Runge–Kutta method and of the places of its stages, laid out in its memory as
 * `StepProgram` of `assembly/runge-kutta.ts`.
 */
import type { Tensor } from '../engine.js';
import type { StageTensors, StepMethod } from '../fused-steps.js';
import { requireShape } from '../shape.js';
import type { KernelChain } from './chain.js';
import type { StepContext } from './dense-step.js';

/** Words of `StepProgram`, and the places of those that are written later. */
const programWords = 16;
const place = { stateBars: 10, bars: 11, outputWeights: 12, outputBars: 13, factors: 14, terms: 15 } as const;

export class StepProgram {
  /** Where the module finds it. */
  readonly address: number;
  readonly stageCount: number;
  readonly #chain: KernelChain;
  readonly #context: StepContext;
  /** Every block of memory it holds. */
  readonly #blocks: number[] = [];
  /** Lists by stage: k_i, g_i, activations. */
  readonly #stages: number;
  readonly #states: number;
  readonly #kept: number;
  /** The slots whose places are written there. */
  #placed: StageTensors | null = null;
  #live = true;

  constructor(
    chain: KernelChain,
    context: StepContext,
    { c, a, b, errorWeights, ownStages }: StepMethod,
    readonly rows: number,
  ) {
    const { memory } = context;
    const s = b.length;
    const { inputs, outputs } = chain.chain;
    if (inputs !== outputs) {
      throw new Error(`A field has as many outputs as inputs; this chain has ${inputs} inputs and ${outputs} outputs.`);
    }
    this.#chain = chain;
    this.#context = context;
    this.stageCount = s;
    this.address = this.allocate(4 * programWords);
    const tableau = this.allocate(8 * s * (3 + s));
    const columns = a.map((row) => Array.from({ length: s }, (_, j) => row.at(j) ?? 0));
    memory.doubles.set([...c, ...b, ...(errorWeights ?? b.map(() => 0)), ...columns.flat()], tableau / 8);
    [this.#stages, this.#states, this.#kept] = [0, 0, 0].map(() => this.allocate(4 * s));
    const entries = rows * inputs;
    const bytes = Math.ceil((entries * memory.entryBytes) / 16) * 16;
    const lists = [this.#stages, this.#states, this.#kept];
    const head = [chain.address, rows, entries, bytes, s, ownStages, tableau, ...lists];
    memory.words.set(head, this.address / 4);
    this.reserveTerms(s);
  }

  /** Entries of a state. */
  get entries(): number {
    return this.rows * this.#chain.chain.inputs;
  }

  /** Zero-filled memory for as long as this lives. */
  allocate(bytes: number): number {
    const address = this.#context.memory.allocate(bytes);
    this.#blocks.push(address);
    return address;
  }

  /** Room for combinations of so many terms. */
  reserveTerms(terms: number): void {
    this.link({ factors: this.allocate(8 * terms), terms: this.allocate(4 * terms) });
  }

  /** Says where the module finds what is not of every step. */
  link(addresses: Partial<Record<keyof typeof place, number>>): void {
    const { words } = this.#context.memory;
    for (const [name, address] of Object.entries(addresses)) {
      words[this.address / 4 + place[name as keyof typeof place]] = address;
    }
  }

  /** Address of a state. @throws Error if it has another shape, was freed or is another engine's */
  addressOf(state: Tensor): number {
    requireShape('step: state', this.rows, this.#chain.chain.inputs, state);
    return this.#context.pool.address(state);
  }

  /** The stages of the steps from now on. Their tensors live as long as they are used here. */
  place(slots: StageTensors): void {
    if (!this.#live) throw new Error('The fused steps were disposed.');
    if (slots === this.#placed) return;
    const { words } = this.#context.memory;
    const { stages, states, activations } = slots;
    if (stages.length !== this.stageCount) {
      throw new Error(`A step of ${this.stageCount} stages was given places for ${stages.length}.`);
    }
    for (let i = 0; i < stages.length; i++) {
      const state = states[i];
      words[this.#stages / 4 + i] = this.addressOf(stages[i]);
      words[this.#states / 4 + i] = state === null ? 0 : this.addressOf(state);
      words[this.#kept / 4 + i] = activations === null ? 0 : this.#chain.listOf(activations[i], this.rows);
    }
    this.#placed = slots;
  }

  dispose(): void {
    if (!this.#live) throw new Error('The fused steps were disposed before.');
    this.#live = false;
    for (const block of this.#blocks) this.#context.memory.free(block);
  }
}
