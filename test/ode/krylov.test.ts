import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Engine, Tensor } from '../../src/engines/engine.js';
import { createEngine } from '../../src/engines/index.js';
import { Gmres } from '../../src/ode/krylov.js';

type Matrix = readonly (readonly number[])[];

const times = (matrix: Matrix, x: ArrayLike<number>): number[] =>
  matrix.map((row) => row.reduce((sum, entry, k) => sum + entry * x[k], 0));
const length = (x: readonly number[]): number => Math.sqrt(x.reduce((sum, value) => sum + value * value, 0));

/** A map given by a matrix over the flat entries of a tensor. */
function mapOf(engine: Engine, matrix: Matrix): (x: Tensor, target: Tensor) => void {
  return (x, target) => {
    engine.write(target, times(matrix, engine.read(x) as Float64Array));
  };
}

function upload(engine: Engine, rows: number, columns: number, values: ArrayLike<number>): Tensor {
  const tensor = engine.allocate(rows, columns);
  engine.write(tensor, values);
  return tensor;
}

const entries = (n: number) => fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: n, maxLength: n });
const matrices = (n: number) =>
  fc
    .array(entries(n), { minLength: n, maxLength: n })
    .map((rows) =>
      rows.map((row, i) => row.map((entry, j) => (i === j ? entry + (i % 2 === 0 ? 3 : -3) : 0.4 * entry))),
    );

describe('GMRES', () => {
  it('solves in at most as many iterations as there are unknowns, whatever the first guess', async () => {
    const engine = await createEngine('reference', 'f64');
    const solver = new Gmres({ engine, rows: 2, columns: 3, restart: 6 });
    await fc.assert(
      fc.asyncProperty(matrices(6), entries(6), entries(6), fc.boolean(), async (matrix, b, start, fromZero) => {
        const x = upload(engine, 2, 3, start);
        const rhs = upload(engine, 2, 3, b);
        const result = await solver.solve({
          apply: mapOf(engine, matrix),
          rhs,
          x,
          guess: fromZero ? 'zero' : 'x',
          tolerance: 1e-12,
          absoluteTolerance: 1e-13,
          maxIterations: 20,
        });
        const values = [...(await engine.read(x))];
        const truth = length(times(matrix, values).map((value, k) => value - b[k]));
        expect(result.converged).toBe(true);
        expect(truth).toBeLessThanOrEqual(1e-12 * length(b) + 2e-13);
        expect(result.residual).toBeLessThanOrEqual(1e-12 * length(b) + 1e-13);
        if (fromZero) expect(result.iterations).toBeLessThanOrEqual(6);
        engine.free(x);
        engine.free(rhs);
      }),
      { numRuns: 60, seed: 5 },
    );
  });

  it('reaches the same solution with a basis of 2 by restarts, in f32 as far as f32 goes', async () => {
    const matrix: Matrix = [
      [3, 0.5, 0, 0.2],
      [-0.5, 3, 0.4, 0],
      [0, -0.4, 3, 0.3],
      [0.1, 0, -0.3, 3],
    ];
    const solution = [1, -2, 0.5, 0.25];
    for (const [name, dtype, tolerance] of [
      ['reference', 'f64', 1e-13],
      ['kernels', 'f32', 1e-6],
    ] as const) {
      const engine = await createEngine(name, dtype);
      const solver = new Gmres({ engine, rows: 1, columns: 4, restart: 2 });
      const x = engine.allocate(1, 4);
      const rhs = upload(engine, 1, 4, times(matrix, solution));
      const apply = mapOf(engine, matrix);
      const result = await solver.solve({ apply, rhs, x, guess: 'zero', tolerance, maxIterations: 60 });
      expect(result.converged).toBe(true);
      expect(result.iterations).toBeGreaterThan(4);
      const values = await engine.read(x);
      for (const [k, value] of solution.entries()) expect(Math.abs(values[k] - value)).toBeLessThan(3 * tolerance);
      solver.dispose();
      engine.dispose();
    }
  });

  it('needs as many iterations as there are distinct eigenvalues', async () => {
    const engine = await createEngine('reference', 'f64');
    const solver = new Gmres({ engine, rows: 1, columns: 6, restart: 6 });
    const eigenvalues = [2, 2, 5, 5, 5, -1];
    const matrix = eigenvalues.map((value, i) => eigenvalues.map((_, j) => (i === j ? value : 0)));
    const rhs = upload(engine, 1, 6, [1, 2, 3, 4, 5, 6]);
    const x = engine.allocate(1, 6);
    const request = {
      apply: mapOf(engine, matrix),
      rhs,
      x,
      guess: 'zero',
      tolerance: 1e-12,
      maxIterations: 6,
    } as const;
    expect(await solver.solve(request)).toMatchObject({ iterations: 3, products: 3, converged: true });
  });

  it('says so where a singular map or too few iterations leave a residual, or the map is not finite', async () => {
    const engine = await createEngine('reference', 'f64');
    const solver = new Gmres({ engine, rows: 1, columns: 2, restart: 2 });
    const x = engine.allocate(1, 2);
    const rhs = upload(engine, 1, 2, [1, 1]);
    const common = { rhs, x, guess: 'zero', tolerance: 1e-10 } as const;
    const [singular, regular, bad]: readonly Matrix[] = [
      [
        [1, 0],
        [0, 0],
      ],
      [
        [2, 1],
        [0, 4],
      ],
      [
        [NaN, 1],
        [0, 4],
      ],
    ];
    const left = await solver.solve({ ...common, apply: mapOf(engine, singular), maxIterations: 10 });
    expect(left.converged).toBe(false);
    expect(left.residual).toBeCloseTo(1, 12);
    expect([...(await engine.read(x))].every(Number.isFinite)).toBe(true);
    const short = await solver.solve({ ...common, apply: mapOf(engine, regular), maxIterations: 1 });
    expect(short).toMatchObject({ iterations: 1, converged: false });
    const broken = await solver.solve({ ...common, apply: mapOf(engine, bad), maxIterations: 10 });
    expect(broken.converged).toBe(false);
    expect([...(await engine.read(x))]).toEqual([0, 0]);
  });

  it('finds zero for a zero right-hand side without any product', async () => {
    const engine = await createEngine('reference', 'f64');
    const solver = new Gmres({ engine, rows: 1, columns: 2, restart: 2 });
    const x = upload(engine, 1, 2, [4, 5]);
    const apply = (): never => {
      throw new Error('not called');
    };
    const rhs = engine.allocate(1, 2);
    const result = await solver.solve({ apply, rhs, x, guess: 'zero', tolerance: 1e-10, maxIterations: 5 });
    expect(result).toEqual({ iterations: 0, products: 0, residual: 0, converged: true });
    expect([...(await engine.read(x))]).toEqual([0, 0]);
  });
});
