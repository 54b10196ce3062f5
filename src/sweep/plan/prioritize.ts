/** In which order the trials of a plan start where someone wants another than the plan's. */
import type { HistoryEntry } from './plan-growth.js';
import type { StoredTrial } from '../store.js';

/**
 * Pure. Asked when a trial has ended, and then only for the next few of those that wait.
 * @param queued in the order in which they would start
 * @param finished trials that have ended, earlier runs' too; the same array each time, only longer
 * @returns `queued` in the order in which they should start
 */
export type Prioritize = (queued: readonly StoredTrial[], finished: readonly HistoryEntry[]) => readonly StoredTrial[];
