/**
 * Taylor coefficients through the layers of a chain: u(s) = Σ u_[k] s^k enters, v(s) = layer(u(s)) leaves, one
 * coefficient after the other.
 *
 * Source: Griewank & Walther, Evaluating derivatives, chapter 13 (table 13.1 and 13.2); with v' = σ'(u) u' and
 * σ'(u) = w(v), k v_[k] = Σ_{j=1..k} j u_[j] w_[k−j]. Time is t + s: its coefficients are t, 1, 0, 0 …
 * Limit: of relu all slopes but the first vanish, at its kink too.
 */
import type { CompiledChain } from '../engines/engine.js';
import { denseParameterCount, type ActivationKind, type Chain, type Layer } from '../engines/layer.js';
import type { Product, Register, TensorProgram } from './tensor-program.js';

/** Appends the next coefficient: given u_[0] … u_[k] in its k-th call (from 0), returns v_[k]. */
export type LayerJet = (u: readonly Register[]) => Register;

/** @param offset of the part’s parameters within those of the whole chain */
export type Compile = (chain: Chain, offset: number) => CompiledChain;

/** The jets of a chain's layers, in order. */
export function layerJets(program: TensorProgram, chain: Chain, compile: Compile): readonly LayerJet[] {
  const jets: LayerJet[] = [];
  let width = chain.inputs;
  let offset = 0;
  let time: Layer | null = null;
  for (const layer of chain.layers) {
    switch (layer.kind) {
      case 'concat-time':
        time = layer;
        break;
      case 'dense': {
        jets.push(affineJet(program, { layer, time, inputs: width, offset }, compile));
        time = null;
        width = layer.outputs;
        offset += denseParameterCount(layer);
        break;
      }
      case 'power':
        jets.push(powerJet(program, layer.exponent));
        break;
      case 'tanh':
      case 'sigmoid':
      case 'relu': {
        const parts = { inputs: width, outputs: width, layers: [layer], parameterCount: 0 };
        jets.push((layer.kind === 'relu' ? reluJet : smoothJet)(program, layer.kind, width, compile(parts, 0)));
        break;
      }
    }
  }
  return jets;
}

interface AffinePlace {
  readonly layer: Extract<Layer, { readonly kind: 'dense' }>;
  readonly time: Layer | null;
  readonly inputs: number;
  readonly offset: number;
}

/** v_[0] = W [u; t] + b, v_[k] = W [u_[k]; 1 or 0]: higher coefficients go through the same W without b. */
function affineJet(program: TensorProgram, place: AffinePlace, compile: Compile): LayerJet {
  const { layer, time, inputs, offset } = place;
  const compiled = (bias: boolean): CompiledChain => {
    const dense = { ...layer, bias };
    const layers = time === null ? [dense] : [time, dense];
    return compile({ inputs, outputs: layer.outputs, layers, parameterCount: denseParameterCount(dense) }, offset);
  };
  const first = compiled(layer.bias !== false);
  let linear: CompiledChain | null = null;
  return (u) => {
    const k = u.length - 1;
    if (k === 0) return program.chain(first, u[0], null);
    linear ??= compiled(false);
    return program.chain(linear, u[k], k === 1 ? 1 : 0);
  };
}

/** u^p as p − 1 products, which has no trouble at u = 0. */
function powerJet(program: TensorProgram, exponent: number): LayerJet {
  const powers: Register[][] = Array.from({ length: exponent - 1 }, () => []);
  return (u) => {
    const k = u.length - 1;
    let below = u;
    for (const power of powers) {
      power.push(program.products(convolution(1, below, u, k)));
      below = power;
    }
    return below[k];
  };
}

/** tanh: w = 1 − v²; sigmoid: w = v − v². */
function smoothJet(program: TensorProgram, kind: ActivationKind, width: number, chain: CompiledChain): LayerJet {
  const v: Register[] = [];
  const w: Register[] = [];
  const slopeCoefficient = (k: number): Register => {
    const square = program.products(convolution(1, v, v, k));
    if (kind === 'sigmoid') return program.combination([1, -1], [v[k], square]);
    return k === 0
      ? program.combination([1, -1], [program.input(width, 1), square])
      : program.combination([-1], [square]);
  };
  return (u) => {
    const k = u.length - 1;
    if (k === 0) v.push(program.chain(chain, u[0], 0));
    else {
      w.push(slopeCoefficient(k - 1));
      const products = w.map((_, i): Product => ({ scale: (k - i) / k, a: u[k - i], b: w[i] }));
      v.push(program.products(products));
    }
    return v[k];
  };
}

function reluJet(program: TensorProgram, _: ActivationKind, width: number, chain: CompiledChain): LayerJet {
  let first: Register;
  let slope: Register;
  return (u) => {
    const k = u.length - 1;
    if (k === 0) return (first = program.chain(chain, u[0], 0));
    if (k === 1) slope = program.slope(first, program.input(width, 1));
    return program.products([{ scale: 1, a: u[k], b: slope }]);
  };
}

/** scale · Σ_{i=0..k} a_[i] b_[k−i]. */
function convolution(scale: number, a: readonly Register[], b: readonly Register[], k: number): readonly Product[] {
  return Array.from({ length: k + 1 }, (_, i) => ({ scale, a: a[i], b: b[k - i] }));
}
