/**
 * Loading tfjs where a thread has another copy of it already, as it has with both engines that run tfjs functions.
 *
 * All copies share one registry of operations, and the later one warns of each that it finds there: hundreds of lines. In
 * its production mode it does not.
 */

/** The state that all copies in a thread share. */
interface SharedState {
  readonly ENV: { getBool(flag: string): boolean; set(flag: string, value: boolean): void };
}

/** @param load loads packages of tfjs */
export function loadQuietly<T>(load: () => T): T {
  const { _tfengine: shared } = globalThis as { readonly _tfengine?: SharedState };
  if (shared === undefined) return load();
  const before = shared.ENV.getBool('PROD');
  shared.ENV.set('PROD', true);
  try {
    return load();
  } finally {
    shared.ENV.set('PROD', before);
  }
}
