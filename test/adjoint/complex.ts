/** Complex numbers as far as a complex step needs them: f(x + iε) has f′(x) = Im f / ε, exact to rounding. */
export interface Complex {
  readonly re: number;
  readonly im: number;
}

export const real = (re: number): Complex => ({ re, im: 0 });
export const add = (a: Complex, b: Complex): Complex => ({ re: a.re + b.re, im: a.im + b.im });
export const subtract = (a: Complex, b: Complex): Complex => ({ re: a.re - b.re, im: a.im - b.im });
export const scale = (factor: number, a: Complex): Complex => ({ re: factor * a.re, im: factor * a.im });
export const times = (a: Complex, b: Complex): Complex => ({
  re: a.re * b.re - a.im * b.im,
  im: a.re * b.im + a.im * b.re,
});

export function divide(a: Complex, b: Complex): Complex {
  const size = b.re * b.re + b.im * b.im;
  return scale(1 / size, times(a, { re: b.re, im: -b.im }));
}

/** The branch with a positive real part, of a number near the positive axis. */
export function squareRoot(a: Complex): Complex {
  const re = Math.sqrt((Math.hypot(a.re, a.im) + a.re) / 2);
  return re === 0 ? real(0) : { re, im: a.im / (2 * re) };
}

/** |x| continued: not the modulus, which no complex step survives. */
export const magnitude = (a: Complex): Complex => (a.re < 0 ? scale(-1, a) : a);

export function tanh(a: Complex): Complex {
  const size = Math.cosh(2 * a.re) + Math.cos(2 * a.im);
  return { re: Math.tanh(a.re), im: Math.sin(2 * a.im) / size };
}

export const sigmoid = (a: Complex): Complex => scale(0.5, add(real(1), tanh(scale(0.5, a))));

/** Σ coefficients_j · terms_j, entry by entry, on a base. */
export function combination(
  base: readonly Complex[],
  factor: number,
  coefficients: readonly number[],
  terms: readonly (readonly Complex[])[],
): readonly Complex[] {
  return base.map((entry, k) =>
    coefficients.reduce(
      (sum, coefficient, j) => (coefficient === 0 ? sum : add(sum, scale(factor * coefficient, terms[j][k]))),
      entry,
    ),
  );
}

/** √(mean of squares); 0 has slope 0. */
export function rms(entries: readonly Complex[]): Complex {
  const sum = entries.reduce((total, entry) => add(total, times(entry, entry)), real(0));
  return squareRoot(scale(1 / entries.length, sum));
}
