/**
 * Compact numbers for people: four significant digits, `1e-5` style for the very small and large.
 *
 * Invariant: at most eleven characters at the default precision, so that columns of mixed magnitudes stay narrow.
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
  const [mantissa = '', exponent = ''] = value.toExponential(digits - 1).split('e');
  const place = Number(exponent);
  if (place >= -3 && place < 6) return String(Number(value.toPrecision(digits)));
  return `${String(Number(mantissa))}e${place}`;
}
