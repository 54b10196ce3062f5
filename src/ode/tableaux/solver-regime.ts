/**
 * Which member of a family a batch is solved with (Gusak et al., arXiv 2103.08561): always the same one, one of a
 * list at random, or one with jittered parameters.
 *
 * Pure: draws come as functions, so whoever owns the seed owns the sequence. Meant for training, where it makes the
 * model robust against the choice of solver; prediction takes one member of one's choice.
 */
import { UserError } from '../../errors.js';
import type { Tableau } from '../tableau.js';
import { oneParameterFamilies, twoParameterFamilies } from './families.js';

export type FamilyMember =
  | { readonly family: keyof typeof oneParameterFamilies; readonly u: number }
  | { readonly family: keyof typeof twoParameterFamilies; readonly u: number; readonly v: number };

export type SolverRegime =
  | { readonly kind: 'standalone'; readonly member: FamilyMember }
  | {
      readonly kind: 'switching';
      readonly members: readonly FamilyMember[];
      /** One a member, not negative, with sum 1. */
      readonly probabilities: readonly number[];
    }
  | {
      readonly kind: 'smoothing';
      readonly member: FamilyMember;
      /** Each parameter gets its own draw: N(0, scale²), or uniform on [−scale, scale]. */
      readonly noise: 'normal' | 'uniform';
      readonly scale: number;
    };

export interface Draws {
  /** Uniform on [0, 1). */
  readonly uniform: () => number;
  /** Standard normal. */
  readonly normal: () => number;
}

/** The given member. @throws UserError if the family has no such member */
export function tableauOf(member: FamilyMember): Tableau {
  return 'v' in member
    ? twoParameterFamilies[member.family](member.u, member.v)
    : oneParameterFamilies[member.family](member.u);
}

/** The method for one batch. @throws UserError if the regime means nothing or has no member to give */
export function drawTableau(regime: SolverRegime, draws: Draws): Tableau {
  switch (regime.kind) {
    case 'standalone':
      return tableauOf(regime.member);
    case 'switching':
      return tableauOf(choose(regime.members, regime.probabilities, draws.uniform()));
    case 'smoothing': {
      const { member, noise, scale } = regime;
      if (!(scale >= 0) || !Number.isFinite(scale)) refuse(`The scale of smoothing must be at least 0, not ${scale}.`);
      tableauOf(member);
      const jitter = (): number => scale * (noise === 'normal' ? draws.normal() : 2 * draws.uniform() - 1);
      return firstOffered(() => {
        const u = member.u + jitter();
        return 'v' in member ? { ...member, u, v: member.v + jitter() } : { ...member, u };
      });
    }
  }
}

function choose(members: readonly FamilyMember[], probabilities: readonly number[], draw: number): FamilyMember {
  const sum = probabilities.reduce((total, p) => total + p, 0);
  const meaningful = probabilities.length === members.length && probabilities.every((p) => p >= 0);
  if (members.length === 0 || !meaningful || Math.abs(sum - 1) > 1e-9) {
    refuse(
      `Switching takes one probability a member, with sum 1; there are ${members.length} members and the` +
        ` probabilities ${probabilities.join(', ')}.`,
    );
  }
  let reached = 0;
  const index = probabilities.findIndex((p) => draw < (reached += p));
  // Rounding may leave the sum an ulp below the draw.
  return members[index === -1 ? probabilities.findLastIndex((p) => p > 0) : index];
}

/** Refused parameters have measure zero: more refusals in a row than this are no chance. */
const MOST_TRIES = 100;

function firstOffered(propose: () => FamilyMember): Tableau {
  for (let tries = 1; ; tries += 1) {
    try {
      return tableauOf(propose());
    } catch (error) {
      if (!(error instanceof UserError) || tries === MOST_TRIES) throw error;
    }
  }
}

function refuse(message: string): never {
  throw new UserError('usage', message);
}
