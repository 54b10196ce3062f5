/** Durations for people: two units at most, tenths only of few seconds that are not whole. */

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

/**
 * @param seconds at least 0
 * @returns e.g. `0.4s`, `12s`, `3m 05s`, `2h 07m`, `3d 04h`; `?` where it is not finite
 */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?';
  if (seconds < 9.95 && !Number.isInteger(seconds)) return `${seconds.toFixed(1)}s`;
  const whole = Math.round(seconds);
  if (whole < minute) return `${whole}s`;
  if (whole < hour) return twoUnits(whole, minute, 'm', 1, 's');
  if (whole < day) return twoUnits(whole, hour, 'h', minute, 'm');
  return twoUnits(whole, day, 'd', hour, 'h');
}

function twoUnits(seconds: number, large: number, largeName: string, small: number, smallName: string): string {
  const rest = Math.floor((seconds % large) / small);
  return `${Math.floor(seconds / large)}${largeName} ${String(rest).padStart(2, '0')}${smallName}`;
}
