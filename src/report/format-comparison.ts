/** What differs between a plan and what is stored, in sentences. */
import type { OutlinedProgram, PlanComparison, ProgramIdentity, SettingChange } from '../sweep/plan/plan-comparison.js';
import { countOf } from './count-of.js';
import { singleLine } from './display-width.js';

/** A value that a file lists at length is cut: the file has the rest. */
const longestValue = 60;

/** One line a difference; empty where there is none. */
export function formatComparison(comparison: PlanComparison, program: ProgramIdentity): readonly string[] {
  const { kept, ended, added, left, settings, programs } = comparison;
  const cells = added + left.length === 0 ? [] : [cellLine(kept, ended, added, left.length)];
  return [...cells, ...settings.map(settingLine), ...programs.map((other) => programLine(other, program))];
}

function cellLine(kept: number, ended: number, added: number, left: number): string {
  return [
    `${countOf(kept, 'cell')} ${kept === 1 ? 'stays' : 'stay'} (${ended} ended)`,
    ...(added === 0 ? [] : [`${added} ${added === 1 ? 'is' : 'are'} new`]),
    ...(left === 0 ? [] : [`${left} no longer ${left === 1 ? 'belongs' : 'belong'}: kept, not run`]),
  ].join(', ');
}

function settingLine({ key, before, after }: SettingChange): string {
  return `${key}: ${shown(before)} -> ${shown(after)}`;
}

function programLine(other: OutlinedProgram, program: ProgramIdentity): string {
  const trials = `${countOf(other.trials, 'completed trial')} by`;
  const versions = `paretode ${other.programVersion}`;
  if (other.programVersion !== program.programVersion) return `${trials} ${versions}, now ${program.programVersion}`;
  if (other.taskModule !== program.taskModule) return `${trials} another version of the task's module`;
  return `${trials} code at ${revision(other)}, now at ${revision(program)}`;
}

function revision({ gitRevision, gitDirty }: ProgramIdentity): string {
  if (gitRevision === null) return 'no git revision';
  return `git ${gitRevision.slice(0, 8)}${gitDirty === true ? ' with uncommitted changes' : ''}`;
}

function shown(value: string | null): string {
  if (value === null) return '(none)';
  return singleLine(value.length > longestValue ? `${value.slice(0, longestValue)}...` : value);
}
