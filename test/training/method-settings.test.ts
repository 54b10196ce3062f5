/** From the parameters of a sweep file to the method that solves, and the mistakes that are told before a solve. */
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import { spiralNode } from '../../src/tasks/spiral-node.js';
import { solverFamilies } from '../../src/tasks/parameters.js';
import { methodSettings } from '../../src/training/method-settings.js';

type Given = Readonly<Record<string, number | string>>;

const settingsOf = (given: Given) => methodSettings(spiralNode.parameters.parse(given));

const constant = { controller: 'constant', dt: 0.1 };
const implicit = { ...constant, solver: 'backward_euler' };
const biased = { local_weight: 1, local_sampling: 'biased' };

describe('Parameters that do not fit together are refused, saying what to change', () => {
  it.each<readonly [Given, string, string]>([
    [{ adjoint: 'backsolve', error_weight: 1 }, 'error_weight must be 0 for adjoint backsolve', 'checkpoint, stages'],
    [{ adjoint: 'interpolating', stiffness_weight: 1 }, 'stiffness_weight must be 0', 'Set stiffness_weight to 0'],
    [{ adjoint: 'backsolve', ...constant }, 'controller constant cannot run it', 'Choose another controller'],
    [
      { adjoint: 'binomial', ...biased },
      'adjoint binomial does not keep their states',
      'Set local_sampling to unbiased',
    ],
    [{ adjoint: 'backsolve', ...biased }, 'adjoint backsolve does not keep their states', 'adjoint to checkpoint'],
    [{ stepping: 'per_sample', adjoint: 'stages' }, 'does not work with adjoint stages', 'Set adjoint to auto'],
    [
      { stepping: 'per_sample', local_weight: 1 },
      'local_weight must be 0 for stepping per_sample',
      'stepping to joint',
    ],
    [{ solver: 'implicit_midpoint' }, 'controller integral cannot run it', 'Set controller to constant and dt'],
    [{ ...implicit, error_weight: 1 }, 'error_weight must be 0 for the solver backward_euler', 'another solver'],
    [
      { ...implicit, stiffness_weight: 1 },
      'stiffness_weight must be 0 for the solver backward_euler',
      'another solver',
    ],
    [{ ...implicit, local_weight: 1 }, 'local_weight must be 0 for the solver backward_euler', 'another solver'],
    [{ ...implicit, stepping: 'per_sample' }, 'steps all rows together', 'Set stepping to joint'],
    [{ ...implicit, adjoint: 'binomial' }, 'has one adjoint', 'Set adjoint to auto'],
    [{ ...implicit, nonlinear: 'fixed_point', unroll_depth: 11 }, 'less than unroll_depth = 11', 'Raise unroll_limit'],
    [{ solver: 'rk3_family' }, 'controller integral cannot run it', 'Set controller to constant and dt'],
    [{ ...constant, solver: 'rk3_family', error_weight: 1 }, 'error_weight must be 0', 'another solver'],
    [{ ...constant, solver: 'rk2_family', family_u: 0 }, 'There is no method rk2(0)', 'other parameters'],
    [
      { ...constant, solver: 'rk3_family', family_regime: 'switching', family_other_v: 0.5 },
      'There is no method rk3(0.5, 0.5)',
      'other parameters',
    ],
  ])('%o', (given, message, hint) => {
    let thrown: unknown = null;
    try {
      settingsOf(given);
    } catch (error) {
      thrown = error;
    }
    if (!(thrown instanceof UserError)) throw new Error('It was not refused.', { cause: thrown });
    expect(thrown.message).toContain(message);
    expect(thrown.hint).toContain(hint);
  });
});

it('What goes with what is taken', () => {
  const discrete = { error_weight: 1, stiffness_weight: 1, stepping: 'joint' };
  for (const adjoint of ['checkpoint', 'stages', 'binomial']) {
    expect(() => settingsOf({ ...discrete, adjoint })).not.toThrow();
    expect(() => settingsOf({ ...constant, solver: 'rk4', adjoint })).not.toThrow();
  }
  for (const adjoint of ['interpolating', 'backsolve']) {
    expect(() => settingsOf({ adjoint, taylor_weight: 1, local_weight: 1, steer_width: 0.1 })).not.toThrow();
  }
  expect(() => settingsOf({ ...discrete, stepping: 'per_sample', taylor_weight: 1, steer_width: 0.1 })).not.toThrow();
  expect(() => settingsOf({ ...implicit, taylor_weight: 1, steer_width: 0.1 })).not.toThrow();
});

it('Every family has members at the defaults, in every regime', () => {
  for (const solver of Object.keys(solverFamilies)) {
    for (const regime of ['standalone', 'switching', 'smoothing']) {
      const other = solver === 'rk4_uv_family' ? { family_other_v: 0.5 } : {};
      const settings = settingsOf({ ...constant, ...other, solver, family_regime: regime });
      expect(settings).toMatchObject({ kind: 'explicit', regime: regime === 'standalone' ? null : { kind: regime } });
    }
  }
});
