/**
 * A field of tfjs functions on an engine: values, vector–Jacobian products by tfjs's differentiation, and Jacobian–vector
 * products by taking it twice: that with v is ∂/∂u of v · (∂f/∂y)ᵀ u, which is linear in u.
 *
 * Activations hold nothing: tfjs keeps no tape between calls, so each product evaluates the function again.
 * Known limit: a Jacobian–vector product needs second derivatives of every operation in the function, which tfjs lacks
 * for some (elu).
 */
import type { Activations, CompiledChain, Parameters, Tensor } from '../engine.js';
import { requireDimensions, requireEvaluation, requirePullback, requirePushforward } from '../shape.js';
import { useBackend, type TfjsBridge } from './bridge.js';
import type { TfjsField } from './field.js';
import { FieldMistakes } from './mistakes.js';
import type { Tfjs, TfjsTensor } from './tfjs.js';

class NoActivations implements Activations {
  readonly bytes = 0;
  live = true;

  constructor(
    readonly owner: CompiledTfjsField,
    readonly rows: number,
  ) {}

  dispose(): void {
    if (!this.live) throw new Error('The activations were disposed before.');
    this.live = false;
  }
}

export class CompiledTfjsField implements Omit<CompiledChain, 'chain'> {
  readonly #mistakes: FieldMistakes;
  /** The field's parameters as tensors of their shapes, and of which version of the values. */
  #values: readonly TfjsTensor[] | null = null;
  #version = NaN;
  /** Numbers of rows met: only the first call of each may keep tensors. */
  readonly #rowsMet = new Set<number>();
  #live = true;

  constructor(
    private readonly bridge: TfjsBridge,
    readonly field: TfjsField,
    private readonly parameters: Parameters,
    private readonly offset: number,
  ) {
    this.#mistakes = new FieldMistakes(field);
  }

  createActivations(rows: number): Activations {
    requireDimensions(rows, this.field.outputs);
    return new NoActivations(this, rows);
  }

  evaluate(t: number, y: Tensor, derivative: Tensor, keep?: Activations): void {
    requireEvaluation(this.field, y, derivative);
    if (keep !== undefined) this.#requireOwn(keep, y.rows);
    this.#within(y.rows, (tf, values) => {
      this.bridge.assign(derivative, this.#derivative(values, tf.scalar(t), this.bridge.view(y)));
    });
  }

  pullback(t: number, y: Tensor, derivative: Tensor, kept: Activations, bar: Tensor, yBar: Tensor | null): void {
    this.#pull(t, y, derivative, kept, bar, yBar, true);
  }

  pullbackInput(t: number, y: Tensor, derivative: Tensor, kept: Activations, bar: Tensor, yBar: Tensor): void {
    this.#pull(t, y, derivative, kept, bar, yBar, false);
  }

  pushforward(t: number, y: Tensor, derivative: Tensor, kept: Activations, tDot: number, yDot: Tensor, dot: Tensor) {
    requirePushforward(this.field, y, derivative, yDot, dot);
    this.#requireOwn(kept, y.rows);
    this.#within(y.rows, (tf, values) => {
      const [time, state, direction] = [tf.scalar(t), this.bridge.view(y), this.bridge.view(yDot)];
      const u = tf.zeros(state.shape);
      const alongDirection = (): TfjsTensor => {
        const [stateBar, timeBar] = this.#products(values, time, state, [state, time], u);
        const along = tf.sum(tf.mul(this.#mistakes.ofState(stateBar), direction));
        return timeBar === null || tDot === 0 ? along : tf.add(along, tf.mul(timeBar, tDot));
      };
      const pushed = this.#mistakes.whileDifferentiating('twice', () => {
        const { grads } = tf.engine().gradients(alongDirection, [u], undefined, true);
        return grads[0] ?? tf.zeros(state.shape);
      });
      this.bridge.assign(dot, pushed);
    });
  }

  dispose(): void {
    if (!this.#live) throw new Error('The field was disposed before.');
    this.#live = false;
    this.#forgetValues();
  }

  #pull(
    t: number,
    y: Tensor,
    derivative: Tensor,
    kept: Activations,
    bar: Tensor,
    yBar: Tensor | null,
    intoGradient: boolean,
  ): void {
    requirePullback(this.field, y, derivative, bar, yBar);
    this.#requireOwn(kept, y.rows);
    this.#within(y.rows, (tf, values) => {
      const [time, state] = [tf.scalar(t), this.bridge.view(y)];
      const xs = intoGradient ? [state, ...values] : [state];
      const [stateBar, ...valueBars] = this.#mistakes.whileDifferentiating('once', () =>
        this.#products(values, time, state, xs, this.bridge.view(bar)),
      );
      const pulled = this.#mistakes.ofState(stateBar);
      if (yBar !== null) this.bridge.assign(yBar, pulled);
      if (valueBars.length === 0) return;
      // A parameter that this time of evaluation has no use for has none.
      const flat = valueBars.map((valueBar, i) => {
        const { size } = this.field.parameters[i];
        return valueBar === null ? tf.zeros([size]) : tf.reshape(valueBar, [size]);
      });
      this.bridge.addToGradient(this.parameters, this.offset, flat.length === 1 ? flat[0] : tf.concat(flat));
    });
  }

  /** The cotangents of xs for that of dy/dt; null where there is no way from one to dy/dt. */
  #products(
    values: readonly TfjsTensor[],
    time: TfjsTensor,
    state: TfjsTensor,
    xs: readonly TfjsTensor[],
    bar: TfjsTensor,
  ): readonly (TfjsTensor | null)[] {
    const { tf } = this.bridge;
    const { grads } = tf.engine().gradients(() => this.#derivative(values, time, state), xs, bar, true);
    return grads.map((grad) => grad ?? null);
  }

  /** Calls the user's function. @throws UserError if it throws or what it gives is no dy/dt */
  #derivative(values: readonly TfjsTensor[], time: TfjsTensor, state: TfjsTensor): TfjsTensor {
    const named = Object.fromEntries(this.field.parameters.map(({ name }, i) => [name, values[i]]));
    return this.#mistakes.checked(state.shape, () => this.field.derivative(this.bridge.tf, named, time, state));
  }

  /** Runs what disposes of all it makes. @throws UserError if the user's function kept tensors, call after call */
  #within(rows: number, compute: (tf: Tfjs, values: readonly TfjsTensor[]) => void): void {
    if (!this.#live) throw new Error('The field was disposed.');
    const { tf } = this.bridge;
    useBackend(this.bridge);
    const values = this.#currentValues();
    const before = tf.memory().numTensors;
    try {
      tf.tidy(() => compute(tf, values));
    } catch (error) {
      // tfjs leaves what it kept for a differentiation that throws.
      const { state } = tf.engine();
      for (const { saved } of state.activeTape ?? []) for (const tensor of saved) tensor.dispose();
      state.activeTape = null;
      throw error;
    }
    const kept = tf.memory().numTensors - before;
    if (kept > 0 && this.#rowsMet.has(rows)) throw this.#mistakes.keeping(kept);
    this.#rowsMet.add(rows);
  }

  #currentValues(): readonly TfjsTensor[] {
    const { tf } = this.bridge;
    const version = this.bridge.parametersVersion(this.parameters);
    if (this.#values !== null && this.#version === version) return this.#values;
    this.#forgetValues();
    this.#version = version;
    return (this.#values = tf.tidy(() => {
      const all = this.bridge.viewParameters(this.parameters);
      let offset = this.offset;
      return this.field.parameters.map(({ shape, size }) => {
        const value = tf.reshape(tf.slice(all, [offset], [size]), shape);
        offset += size;
        return tf.keep(value);
      });
    }));
  }

  #forgetValues(): void {
    for (const value of this.#values ?? []) value.dispose();
    this.#values = null;
  }

  #requireOwn(kept: Activations, rows: number): void {
    if (!(kept instanceof NoActivations) || kept.owner !== this || !kept.live) {
      throw new Error('The activations were disposed or belong to another field.');
    }
    if (rows > kept.rows) throw new Error(`The activations hold ${kept.rows} rows, but ${rows} were given.`);
  }
}
