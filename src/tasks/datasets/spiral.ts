/**
 * Trajectories of the cubic spiral du1/dt = −0.1 u1³ + 2 u2³, du2/dt = −2 u1³ − 0.1 u2³.
 *
 * Starts are uniform in the annulus 1 ≤ |u| ≤ 2, drawn by rejection: sines and cosines have no guaranteed
 * bits, additions and products do. The truth is integrated by the classical Runge–Kutta method with steps of
 * at most 10⁻³ (error about 1e-9, far below what f32 resolves).
 */
import type { RandomStream } from '../../random/random.js';
import type { Dataset } from '../task.js';

const LONGEST_STEP = 1e-3;

type Point = readonly [number, number];

/** @param times from 0, ascending */
export function simulateSpirals(count: number, times: readonly number[], random: RandomStream): Dataset {
  const inputs = new Float64Array(2 * count);
  const values = new Float64Array(2 * count * times.length);
  for (let row = 0; row < count; row += 1) {
    let u = drawStart(random);
    inputs.set(u, 2 * row);
    times.forEach((time, k) => {
      if (k > 0) u = integrate(u, time - times[k - 1]);
      values.set(u, 2 * (k * count + row));
    });
  }
  return {
    count,
    inputs,
    inputColumns: 2,
    inputScale: 1,
    targets: { kind: 'trajectories', values, times: times.length, columns: 2 },
  };
}

function drawStart(random: RandomStream): Point {
  for (;;) {
    const x = random.uniformBetween(-2, 2);
    const y = random.uniformBetween(-2, 2);
    const square = x * x + y * y;
    if (square >= 1 && square <= 4) return [x, y];
  }
}

function derivative([u, v]: Point): Point {
  const cubes: Point = [u * u * u, v * v * v];
  return [-0.1 * cubes[0] + 2 * cubes[1], -2 * cubes[0] - 0.1 * cubes[1]];
}

function integrate(start: Point, span: number): Point {
  const steps = Math.ceil(span / LONGEST_STEP);
  const h = span / steps;
  let u = start;
  for (let n = 0; n < steps; n += 1) {
    const k1 = derivative(u);
    const k2 = derivative(move(u, h / 2, k1));
    const k3 = derivative(move(u, h / 2, k2));
    const k4 = derivative(move(u, h, k3));
    u = [
      u[0] + (h / 6) * (k1[0] + 2 * k2[0] + 2 * k3[0] + k4[0]),
      u[1] + (h / 6) * (k1[1] + 2 * k2[1] + 2 * k3[1] + k4[1]),
    ];
  }
  return u;
}

function move(u: Point, h: number, k: Point): Point {
  return [u[0] + h * k[0], u[1] + h * k[1]];
}
