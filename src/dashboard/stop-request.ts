/** What the next request to stop asks for: each one more than the last. */
import type { StopMode } from '../sweep/events.js';

/** `exit`: leave at once, whatever still runs. */
export type StopRequest = StopMode | 'exit';

const ladder = [null, 'drain', 'abort', 'exit'] as const;

/**
 * @param asked what was asked for here before @param stopping what the run says it does; a signal may have come
 *   from elsewhere
 */
export function nextStop(asked: StopRequest | null, stopping: StopMode | null): StopRequest {
  const reached = Math.max(ladder.indexOf(asked), ladder.indexOf(stopping));
  return ladder[reached + 1] ?? 'exit';
}
