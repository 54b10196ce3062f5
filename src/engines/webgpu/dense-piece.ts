/** [concat-time,] dense [, activation] in one call, its pullback in two: the gradient's product and the cotangent's. */
import type { DensePiece } from '../fused-layers.js';
import type { WebgpuParameters } from './parameters.js';
import type { ChainHost, Piece } from './piece.js';
import { groupsFor } from './program.js';
import { addSlices } from './programs/add-slices.js';
import { activationCodes } from './programs/elementary.js';
import { choose, denseForward, denseGradient, densePullback, densePushforward } from './programs/products.js';

/** Rows whose contributions to the gradient one workgroup sums up; more rows take several, side by side. */
const rowsOfSlice = 1024;
const mostSlices = 64;

export class DensePieceCalls implements Piece {
  /** Words from one output's row of the weights to the next: its inputs, time among them. */
  readonly #stride: number;
  readonly #activation: number;

  constructor(
    private readonly shape: DensePiece,
    private readonly host: ChainHost,
    private readonly parameters: WebgpuParameters,
  ) {
    this.#stride = shape.inputs + (shape.time ? 1 : 0);
    this.#activation = activationCodes[shape.activation];
  }

  evaluate(t: number, rows: number, x: number, to: number): void {
    const { inputs, outputs, time, bias } = this.shape;
    const [program, groups] = choose(denseForward, this.shape, { m: rows, n: outputs, slices: 1 });
    this.host.commands.call(
      program,
      {
        ...this.#layer(),
        biased: bias ? 1 : 0,
        x,
        to,
        time: time ? t : 0,
        activation: this.#activation,
        m: rows,
        n: outputs,
        depth: inputs,
        slice: inputs,
      },
      groups,
    );
  }

  pushforward(tDot: number, rows: number, _x: number, y: number, xDot: number, to: number): void {
    const { inputs, outputs, time } = this.shape;
    const [program, groups] = choose(densePushforward, this.shape, { m: rows, n: outputs, slices: 1 });
    this.host.commands.call(
      program,
      {
        ...this.#layer(),
        biased: 0,
        xDot,
        y,
        to,
        time: time ? tDot : 0,
        activation: this.#activation,
        m: rows,
        n: outputs,
        depth: inputs,
        slice: inputs,
      },
      groups,
    );
  }

  pullback(
    t: number,
    rows: number,
    x: number,
    y: number,
    yBar: number,
    to: number | null,
    intoGradient: boolean,
  ): void {
    const cotangent = { y, yBar, activation: this.#activation };
    if (intoGradient) this.#addToGradient(t, rows, x, cotangent);
    if (to === null) return;
    const { inputs, outputs } = this.shape;
    const { weights, stride } = this.#layer();
    const [program, groups] = choose(densePullback, this.shape, { m: rows, n: inputs, slices: 1 });
    this.host.commands.call(
      program,
      { ...cotangent, weights, stride, to, m: rows, n: inputs, depth: outputs, slice: outputs },
      groups,
    );
  }

  #addToGradient(
    t: number,
    rows: number,
    x: number,
    cotangent: { readonly y: number; readonly yBar: number; readonly activation: number },
  ): void {
    const { commands, workspace, tensors } = this.host;
    const { inputs, outputs, bias, offset } = this.shape;
    const stride = this.#stride;
    const columns = stride + (bias ? 1 : 0);
    const slices = Math.min(mostSlices, Math.ceil(rows / rowsOfSlice));
    const sliced = slices > 1;
    const count = outputs * columns;
    const gradient = tensors.start(this.parameters.gradient) + offset;
    const place = { gradient, stride, bias: gradient + stride * outputs, n: columns };
    const partials = sliced ? workspace.block('slices', slices * count) : 0;
    const slice = Math.ceil(rows / slices);
    const [program, groups] = choose(denseGradient, this.shape, { m: outputs, n: columns, slices });
    commands.call(
      program,
      { ...cotangent, ...place, x, inputs, time: t, partials, sliced: sliced ? 1 : 0, m: outputs, depth: rows, slice },
      groups,
    );
    if (sliced) commands.call(addSlices, { ...place, partials, slices, count }, [groupsFor(count)]);
  }

  /** Where the layer lies in the memory. */
  #layer(): {
    readonly weights: number;
    readonly stride: number;
    readonly timeColumn: number;
    readonly bias: number;
  } {
    const { inputs, outputs, offset } = this.shape;
    const weights = this.host.tensors.start(this.parameters.values) + offset;
    return { weights, stride: this.#stride, timeColumn: inputs, bias: weights + this.#stride * outputs };
  }
}
