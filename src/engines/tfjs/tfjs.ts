/**
 * What this room uses of tfjs, in types of our own: its packages are optional, so that their types need not be there
 * when this is compiled. They satisfy these types as they are.
 */

/** A tfjs tensor: immutable entries on the backend's device, until it is disposed. */
export interface TfjsTensor {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly isDisposed: boolean;
  dispose(): void;
}

export interface Tfjs {
  /** Disposes whatever `compute` makes but for what it returns and what it keeps. */
  tidy<T>(compute: () => T): T;
  keep(tensor: TfjsTensor): TfjsTensor;
  memory(): { readonly numTensors: number };
  getBackend(): string;
  /** Takes effect at once for a backend that has started before. */
  setBackend(name: string): Promise<boolean>;
  engine(): TfjsGradients;

  scalar(value: number): TfjsTensor;
  zeros(shape: readonly number[]): TfjsTensor;
  slice(x: TfjsTensor, begin: readonly number[], size: readonly number[]): TfjsTensor;
  reshape(x: TfjsTensor, shape: readonly number[]): TfjsTensor;
  concat(parts: readonly TfjsTensor[]): TfjsTensor;
  add(a: TfjsTensor, b: TfjsTensor): TfjsTensor;
  mul(a: TfjsTensor, b: TfjsTensor | number): TfjsTensor;
  sum(x: TfjsTensor): TfjsTensor;
}

/** What `tf.grads` is made of. Unlike it, this tells by null which gradients do not exist. */
interface TfjsGradients {
  /** Operations of the differentiation under way, or of one that threw, each with tensors kept for it. */
  readonly state: { activeTape: readonly { readonly saved: readonly TfjsTensor[] }[] | null };
  /**
   * Vector–Jacobian products of `compute`'s result by `xs` with the cotangent `dy`; undefined: ones. May be nested.
   * @throws Error if an operation between xs and the result has no gradient
   */
  gradients(
    compute: () => TfjsTensor,
    xs: readonly TfjsTensor[],
    dy: TfjsTensor | undefined,
    allowNoGradients: true,
  ): { readonly grads: readonly (TfjsTensor | null | undefined)[] };
}
