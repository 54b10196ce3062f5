/**
 * Rooted trees and their order conditions (Butcher; Hairer, Nørsett & Wanner I, II.2): a method has order p when
 * Σ b_i Φ_i(τ) = 1/γ(τ) for every tree τ of at most p nodes, with Φ_i(τ) = Π over the root's subtrees σ of
 * Σ_j a_ij Φ_j(σ), and γ(τ) = |τ| Π γ(σ).
 */
import type { Tableau } from '../../src/ode/tableau.js';

type Vector = readonly number[];

export interface RootedTree {
  readonly size: number;
  readonly gamma: number;
  /** The root's subtrees, in the order in which trees are generated. */
  readonly children: readonly RootedTree[];
}

/** All rooted trees of 1 … n nodes, each once, smaller ones first. */
export function rootedTrees(n: number): readonly RootedTree[] {
  const all: RootedTree[] = [];
  for (let size = 1; size <= n; size += 1) {
    const found: RootedTree[] = [];
    // Subtrees in falling order of their place in `all`, so that each multiset comes up once.
    const grow = (rest: number, last: number, children: readonly RootedTree[]): void => {
      if (rest === 0) {
        found.push({ size, children, gamma: children.reduce((product, child) => product * child.gamma, size) });
      }
      for (let index = last; index >= 0; index -= 1) {
        const child = all[index];
        if (child.size <= rest) grow(rest - child.size, index, [...children, child]);
      }
    };
    grow(size - 1, all.length - 1, []);
    all.push(...found);
  }
  return all;
}

export interface OrderCondition {
  readonly size: number;
  /** Φ_i(τ) by stage. */
  readonly phi: Vector;
  /** 1/γ(τ). */
  readonly target: number;
}

const trees = rootedTrees(9);

/** @param order at most 9 */
export function orderConditions({ a }: Pick<Tableau, 'a'>, order: number): readonly OrderCondition[] {
  const known = new Map<RootedTree, Vector>();
  return trees
    .filter(({ size }) => size <= order)
    .map((tree) => {
      const factors = tree.children.map((child) => {
        const inner = known.get(child) ?? [];
        return a.map((row) => dot(row, inner));
      });
      const phi = a.map((_, i) => factors.reduce((product, factor) => product * factor[i], 1));
      known.set(tree, phi);
      return { size: tree.size, phi, target: 1 / tree.gamma };
    });
}

/** The largest |Σ w_i Φ_i(τ) − θ^|τ|/γ(τ)| over trees of the given size. */
export function residual(conditions: readonly OrderCondition[], size: number, weights: Vector, theta = 1): number {
  const ofSize = conditions.filter((condition) => condition.size === size);
  if (ofSize.length === 0) throw new Error(`There are no conditions of order ${size} here.`);
  return Math.max(...ofSize.map(({ phi, target }) => Math.abs(dot(weights, phi) - target * theta ** size)));
}

/** Over u's length. */
export function dot(u: Vector, v: Vector): number {
  return u.reduce((sum, x, i) => sum + x * v[i], 0);
}
