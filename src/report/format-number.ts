/**
 * Compact numbers for people: four significant digits, `1e-5` style for the very small and large.
 *
 * Invariant: at most ten characters at the default precision, so that columns of mixed magnitudes stay narrow.
 */

/**
 * @param digits significant digits; trailing zeros are dropped (0.01, not 0.01000)
 * @returns e.g. `12`, `0.1235`, `3.2e-5`, `1.5e6`, `NaN`, `Inf`, `-Inf`
 */
export function formatNumber(value: number, digits = 4): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Inf' : '-Inf';
  if (value === 0) return '0';
  const magnitude = Math.abs(value);
  if (Number.isInteger(value) && magnitude < 1e6) return String(value);
  const rounded = Number(value.toPrecision(digits));
  if (Math.abs(rounded) >= 1e-3 && Math.abs(rounded) < 1e6) return String(rounded);
  const [mantissa = '', exponent = ''] = rounded.toExponential().split('e');
  return `${mantissa}e${exponent.replace('+', '')}`;
}
