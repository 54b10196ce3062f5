/**
 * What differs between a plan and what is stored under its name: cells, the sweep file, the code.
 *
 * Results of another file or other code are never mixed in silently: who resumes is told. Cells are compared by identity, so
 * that equal work stays however the file says it.
 */
import { UserError } from '../../errors.js';
import type { Cell } from '../cell.js';
import type { SweepPlan } from './sweep-plan.js';
import type { AttemptOrigin } from '../run-origin.js';
import { isTerminal, type TrialState } from '../trial-state.js';

/** What is stored of a sweep, in outline. */
export interface SweepOutline {
  /** The sweep file as last run, as JSON. */
  readonly specification: string;
  /** Its first trials, where they are known to be those of the plan in its order; null: `cells` are to be compared. */
  readonly planned: PlannedTrials | null;
  /** Of all other trials, by number. */
  readonly cells: readonly OutlinedCell[];
}

export interface PlannedTrials {
  readonly size: number;
  /** Those that have not ended, by their place in the plan, from 0. */
  readonly open: ReadonlyMap<number, TrialState>;
}

export interface ComparedSweep extends SweepOutline {
  /** By what code its completed trials were run. */
  readonly programs: readonly OutlinedProgram[];
}

export interface OutlinedCell {
  readonly number: number;
  readonly hash: string;
  readonly state: TrialState;
  /** True if a person added it to a running sweep: it belongs to every plan. */
  readonly added: boolean;
}

export interface OutlinedProgram extends ProgramIdentity {
  /** Trials that completed by it. */
  readonly trials: number;
}

/** The code that decides a trial's numbers, as far as it is known. */
export interface ProgramIdentity extends Pick<AttemptOrigin, 'programVersion' | 'gitRevision' | 'gitDirty'> {
  /** Hash of the user's task module; null for a built-in task and for trials that are other programs. */
  readonly taskModule: string | null;
}

/** The code of a run that is to be. */
export interface CurrentProgram extends ProgramIdentity {
  /** Whether the user's own code takes part, so that the revision of its folder counts. */
  readonly ownCode: boolean;
}

export interface PlanComparison {
  /** Cells of the plan that are stored, and how many of them have ended. */
  readonly kept: number;
  readonly ended: number;
  /** Cells of the plan that are not stored. */
  readonly added: number;
  /** Stored cells that the plan does not hold: they are kept and not run. */
  readonly left: readonly OutlinedCell[];
  readonly settings: readonly SettingChange[];
  /** Other code that completed trials were run by. */
  readonly programs: readonly OutlinedProgram[];
}

/** A key of the sweep file; `parameters.rtol` for one parameter's. Values as JSON; null: the key is not there. */
export interface SettingChange {
  readonly key: string;
  readonly before: string | null;
  readonly after: string | null;
}

export function comparePlan(
  { declaration, cells, growth }: Pick<SweepPlan, 'declaration' | 'cells' | 'growth'>,
  program: CurrentProgram,
  stored: ComparedSweep,
): PlanComparison {
  return {
    ...compareCells({ cells, growth }, stored),
    settings: settingChanges(stored.specification, declaration.specification),
    programs: stored.programs.filter((other) => !isSameProgram(other, program)),
  };
}

function compareCells(
  { cells, growth }: Pick<SweepPlan, 'cells' | 'growth'>,
  stored: SweepOutline,
): Pick<PlanComparison, 'kept' | 'ended' | 'added' | 'left'> {
  if (stored.planned !== null) {
    const { size, open } = stored.planned;
    return { kept: size, ended: size - open.size, added: 0, left: stored.cells.filter(({ added }) => !added) };
  }
  const planned = new Set(cells.map(({ hash }) => hash));
  // What an adaptive plan chose is its own; that it began with these cells is checked where it is run.
  const isKept = ({ hash }: OutlinedCell, place: number): boolean =>
    planned.has(hash) || (growth !== null && place < growth.total);
  const kept = stored.cells.filter(isKept);
  return {
    kept: kept.length,
    ended: kept.filter(({ state }) => isTerminal(state)).length,
    added: planned.size - kept.filter(({ hash }) => planned.has(hash)).length,
    left: stored.cells.filter((cell, place) => !cell.added && !isKept(cell, place)),
  };
}

/** Whether the plan is what is stored, run by the same code. */
export function isUnchanged({ added, left, settings, programs }: PlanComparison): boolean {
  return added + left.length + settings.length + programs.length === 0;
}

/**
 * What a built-in task computes, the program's version says. The user's module may import others beside it, which the revision covers;
 * two working trees with uncommitted changes at one revision may differ.
 */
function isSameProgram(one: ProgramIdentity, other: CurrentProgram): boolean {
  if (one.programVersion !== other.programVersion || one.taskModule !== other.taskModule) return false;
  if (!other.ownCode) return true;
  return one.gitRevision === other.gitRevision && one.gitDirty !== true && other.gitDirty !== true;
}

function settingChanges(before: string, after: string): readonly SettingChange[] {
  const [old, now] = [flatSettings(before), flatSettings(after)];
  return [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((key) => {
    const change = { key, before: old.get(key) ?? null, after: now.get(key) ?? null };
    return change.before === change.after ? [] : [change];
  });
}

/** Top-level keys, and each parameter by itself. */
function flatSettings(json: string): ReadonlyMap<string, string> {
  const { parameters = {}, ...settings } = JSON.parse(json) as Record<string, unknown>;
  const named = Object.entries(parameters as object).map(
    ([name, value]) => [`parameters.${name}`, inFull(value)] as const,
  );
  return new Map([...Object.entries(settings), ...named].map(([key, value]) => [key, JSON.stringify(value)]));
}

/** An entry as it is meant, however it is spelt: 4 is { value: 4 }, a list is { values: … }. */
function inFull(entry: unknown): unknown {
  if (Array.isArray(entry)) return { values: entry as unknown[] };
  return typeof entry === 'object' ? entry : { value: entry };
}

/** Whether one of the planned cells, which come first, is stored otherwise. @param stored by number */
export function beginsUnlike(planned: readonly Cell[], stored: readonly Pick<Cell, 'hash'>[]): boolean {
  return planned.some(({ hash }, place) => place < stored.length && stored[place].hash !== hash);
}

/** Settings of which one search has one of each: what it learned by others is not its own. */
const searchSettings =
  /^(?:method|generation_size|objectives|metrics|metric|parameters\..*|zip|points|where|repeats|seed)$/;

/**
 * An adaptive plan goes on from the trials that it chose: with other settings it would go on over a mixed history.
 * @throws UserError where the stored search is another; before anything of it is changed
 */
export function requireSameSearch({ declaration, cells, growth }: SweepPlan, stored: SweepOutline): void {
  if (growth === null || stored.cells.length === 0) return;
  const changed = settingChanges(stored.specification, declaration.specification)
    .map(({ key }) => key)
    .filter((key) => searchSettings.test(key));
  const differs = beginsUnlike(cells, stored.cells);
  if (changed.length === 0 && !differs) return;
  const what = changed.length === 0 ? 'with other trials than this file chooses' : `with another ${changed.join(', ')}`;
  throw new UserError('usage', `The sweep "${declaration.name}" began ${what}.`, {
    hint: 'A sweep that learns from its trials cannot change its search midway: give it another name, or restore the file.',
  });
}
