/** Times are metadata for people; nothing is computed from them. */
export function now(): string {
  return new Date().toISOString();
}
