/** Steps here and in other implementations, run by run. */
import { labelOf, peerRuns, roundingDecides, runHere as runAsPeer, type PeerRun } from '../../test/ode/peer-runs.js';
import { referenceRuns, runHere as runAsReference } from '../../test/ode/reference-runs.js';
import type { Table } from './page.js';

interface Comparison {
  readonly peer: string;
  readonly rule: string;
  /** Largest difference of accepted or rejected steps. */
  readonly difference: number;
  /** The counts of the peer itself move with the last digit of y0. */
  readonly roundingDecides: boolean;
}

interface Counts {
  readonly accepted: number;
  readonly rejected: number;
}

export async function steps(): Promise<Table> {
  const comparisons: Comparison[] = [];
  for (const run of referenceRuns) {
    const { statistics } = await runAsReference(run);
    const peer = 'another implementation';
    comparisons.push({
      peer,
      rule: `\`${run.controller}\``,
      difference: differenceOf(statistics, run),
      roundingDecides: false,
    });
  }
  for (const run of peerRuns) {
    const { statistics } = await runAsPeer(run);
    comparisons.push({
      peer: run.peer,
      rule: ruleOf(run),
      difference: differenceOf(statistics, run),
      roundingDecides: roundingDecides.includes(labelOf(run)),
    });
  }
  const groupOf = ({ peer, rule }: Comparison): string => `${peer}: ${rule}`;
  const rows = [...new Set(comparisons.map(groupOf))].map((name) => {
    const group = comparisons.filter((comparison) => groupOf(comparison) === name);
    const differing = group.filter(({ difference }) => difference > 0);
    const largest = Math.max(...differing.map(({ difference }) => difference));
    const excused = differing.filter((comparison) => comparison.roundingDecides).length;
    const difference = `${differing.length}, by ${largest} at most; rounding decides ${excused}`;
    const [{ peer, rule }] = group;
    return [peer, rule, group.length, group.length - differing.length, differing.length === 0 ? '–' : difference];
  });
  return { columns: ['peer', 'rule', 'runs', 'the same steps', 'others'], rows };
}

function differenceOf(here: Counts, there: Counts): number {
  return Math.max(Math.abs(here.accepted - there.accepted), Math.abs(here.rejected - there.rejected));
}

function ruleOf(run: PeerRun): string {
  return run.peer === 'scipy' ? '`scipy`' : `\`pid\` ${run.p}, ${run.i}, ${run.d}`;
}
