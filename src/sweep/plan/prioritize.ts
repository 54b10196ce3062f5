/** In which order the trials of a plan start where someone wants another than the plan's. */
import type { HistoryEntry } from './plan-growth.js';
import type { StoredTrial } from '../store.js';

/**
 * Asked when a trial has ended, and then only for the next few of those that wait; remembers of those that ended what it needs.
 * @param queued in the order in which they would start
 * @param finished trials that have ended since it was last asked; the first time, all of earlier runs
 * @returns `queued` in the order in which they should start
 */
export type Prioritize = (queued: readonly StoredTrial[], finished: readonly HistoryEntry[]) => readonly StoredTrial[];
