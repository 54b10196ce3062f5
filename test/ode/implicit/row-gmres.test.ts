import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RowGmres, type RowwiseMap } from '../../../src/ode/implicit/row-gmres.js';

/** Deterministic numbers in (−1, 1). */
function numbers(count: number, seed: number): Float64Array {
  let state = seed + 1;
  return Float64Array.from({ length: count }, () => {
    state = (state * 48271) % 2147483647;
    return (2 * state) / 2147483647 - 1;
  });
}

/** One n × n matrix for each row of the batch, row-major. */
function blocks(matrices: readonly Float64Array[], n: number): RowwiseMap {
  return (vectors, images) => {
    for (const [row, matrix] of matrices.entries()) {
      for (let o = 0; o < n; o += 1) {
        let sum = 0;
        for (let i = 0; i < n; i += 1) sum += matrix[o * n + i] * vectors[row * n + i];
        images[row * n + o] = sum;
      }
    }
  };
}

/** Random matrices 1 + size · (entries in (−1, 1)). */
function matricesOf(rows: number, n: number, size: number, seed: number): Float64Array[] {
  return Array.from({ length: rows }, (_, row) =>
    numbers(n * n, seed + 31 * row).map((value, i) => size * value + (i % (n + 1) === 0 ? 1 : 0)),
  );
}

const norm = (values: Float64Array): number => Math.hypot(...values);

/** ‖b − A x‖ / ‖b‖ of each row. */
async function trueResiduals(map: RowwiseMap, b: Float64Array, x: Float64Array, n: number): Promise<number[]> {
  const image = new Float64Array(b.length);
  await map(x, image);
  return Array.from({ length: b.length / n }, (_, row) => {
    const [from, to] = [row * n, (row + 1) * n];
    return norm(b.slice(from, to).map((value, i) => value - image[from + i])) / norm(b.subarray(from, to));
  });
}

const relative = (b: Float64Array, n: number, share: number): Float64Array =>
  Float64Array.from({ length: b.length / n }, (_, row) => share * norm(b.subarray(row * n, (row + 1) * n)));

describe('GMRES by rows', () => {
  it('solves every row to its tolerance in at most as many products as there are columns', async () => {
    const parameters = fc.record({
      rows: fc.integer({ min: 1, max: 5 }),
      n: fc.integer({ min: 1, max: 9 }),
      size: fc.constantFrom(0.01, 0.3, 1, 30),
      share: fc.constantFrom(0.5, 1e-3, 1e-9),
      seed: fc.integer({ min: 0, max: 1_000_000 }),
    });
    await fc.assert(
      fc.asyncProperty(parameters, async ({ rows, n, size, share, seed }) => {
        const map = blocks(matricesOf(rows, n, size, seed), n);
        const b = numbers(rows * n, seed + 5);
        const x = new Float64Array(rows * n);
        const { products, residual } = await new RowGmres(rows, n).solve(map, b, relative(b, n, share), x);
        expect(products).toBeLessThanOrEqual(n);
        expect(residual).toBeLessThanOrEqual(share);
        for (const left of await trueResiduals(map, b, x, n)) expect(left).toBeLessThanOrEqual(1.01 * share + 1e-11);
      }),
      { numRuns: 200 },
    );
  });

  it('gives a row the same bits alone and among rows that take longer', async () => {
    const [rows, n] = [4, 200];
    const matrices = [0.001, 0.03, 0.08, 0.1].flatMap((size, row) => matricesOf(1, n, size, 100 * row));
    const b = numbers(rows * n, 5);
    const x = new Float64Array(rows * n);
    const together = new RowGmres(rows, n);
    // The tolerance of the easy rows is below rounding: their estimates reach it, a second look would not find it.
    const tolerances = relative(b, n, 1e-16);
    tolerances[rows - 1] *= 1e6;
    const { products, residual } = await together.solve(blocks(matrices, n), b, tolerances, x);
    // More than one space of 64 vectors.
    expect(products).toBeGreaterThan(65);
    expect(residual).toBeLessThan(1e-10);
    for (const [row, matrix] of matrices.entries()) {
      const own = new Float64Array(n);
      const part = b.slice(row * n, (row + 1) * n);
      await new RowGmres(1, n).solve(blocks([matrix], n), part, tolerances.slice(row, row + 1), own);
      expect(x.slice(row * n, (row + 1) * n)).toEqual(own);
    }
  });

  it('needs no more products for a batch than for a row, where one space for the whole batch stalls', async () => {
    const [rows, n] = [32, 12];
    const map = blocks(matricesOf(rows, n, 1, 3), n);
    const b = numbers(rows * n, 9);
    const x = new Float64Array(rows * n);
    const byRows = await new RowGmres(rows, n).solve(map, b, relative(b, n, 1e-6), x);
    expect([byRows.products <= n, byRows.residual <= 1e-6]).toEqual([true, true]);
    const asOne = await new RowGmres(1, rows * n).solve(map, b, relative(b, rows * n, 1e-6), x);
    expect(asOne.residual).toBeGreaterThan(0.5);
    // It gives up after two spaces of 64 vectors.
    expect(asOne.products).toBeLessThanOrEqual(130);
  });

  it('leaves a row without right side at 0 and a row that is not finite to itself', async () => {
    const n = 3;
    const map = blocks(matricesOf(3, n, 0.5, 1), n);
    const b = Float64Array.of(1, 2, 3, 0, 0, 0, 1, NaN, 1);
    const x = new Float64Array(9).fill(7);
    const { residual } = await new RowGmres(3, n).solve(map, b, new Float64Array(3).fill(1e-12), x);
    const own = new Float64Array(n);
    const first = blocks(matricesOf(1, n, 0.5, 1), n);
    await new RowGmres(1, n).solve(first, b.slice(0, n), Float64Array.of(1e-12), own);
    expect(Array.from(x)).toEqual([...own, 0, 0, 0, NaN, NaN, NaN]);
    expect(residual).toBeNaN();
  });

  it('ends with an honest residual where a matrix is singular', async () => {
    const n = 2;
    const map = blocks([Float64Array.of(1, 0, 0, 0)], n);
    const x = new Float64Array(n);
    const solvable = await new RowGmres(1, n).solve(map, Float64Array.of(2, 0), Float64Array.of(1e-12), x);
    expect([Array.from(x), solvable.residual]).toEqual([[2, 0], 0]);
    const b = Float64Array.of(3, 4);
    const { residual, products } = await new RowGmres(1, n).solve(map, b, Float64Array.of(1e-12), x);
    expect(residual).toBeCloseTo(0.8, 12);
    expect((await trueResiduals(map, b, x, n))[0]).toBeCloseTo(0.8, 12);
    expect(products).toBeLessThan(10);
    // The same in turned axes, where nothing is exactly 0.
    const turned = blocks([Float64Array.of(0.64, 0.48, 0.48, 0.36)], n);
    const result = await new RowGmres(1, n).solve(turned, Float64Array.of(1, 0.1), Float64Array.of(1e-12), x);
    expect(result.residual).toBeCloseTo((await trueResiduals(turned, Float64Array.of(1, 0.1), x, n))[0], 10);
    expect([norm(x) < 10, result.residual > 0.1]).toEqual([true, true]);
    // Of rank 1, b and A b span all that products can reach.
    const direction = [0.2, -0.4, 0.4];
    const rankOne = blocks([Float64Array.from(direction.flatMap((a) => direction.map((b2) => a * b2)))], 3);
    const reach = await new RowGmres(1, 3).solve(
      rankOne,
      Float64Array.of(1, 2, -1),
      Float64Array.of(1e-12),
      new Float64Array(3),
    );
    expect(reach.products).toBe(2);
    const zero = blocks([new Float64Array(4)], n);
    expect((await new RowGmres(1, n).solve(zero, b, Float64Array.of(1e-12), x)).residual).toBe(1);
    expect(Array.from(x)).toEqual([0, 0]);
  });
});
