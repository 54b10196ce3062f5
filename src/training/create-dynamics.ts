/** The dynamics of each kind of method. */
import type { Dynamics, DynamicsOptions } from './dynamics.js';
import { FamilyDynamics } from './family-dynamics.js';
import { ImplicitDynamics } from './implicit-dynamics.js';
import { JointDynamics } from './joint-dynamics.js';
import type { ExplicitSettings, MethodSettings } from './method-settings.js';
import { PerSampleDynamics } from './per-sample-dynamics.js';
import type { UnrollDepth } from './unroll-depth.js';

/** @param depth of the fixed-point iteration, which the whole training run shares */
export function createDynamics(settings: MethodSettings, options: DynamicsOptions, depth: UnrollDepth): Dynamics {
  if (settings.kind === 'implicit') return new ImplicitDynamics(settings, options, depth);
  const { regime } = settings;
  if (regime === null || options.purpose === 'prediction') return createExplicit(settings, options);
  return new FamilyDynamics(regime, (tableau) => createExplicit({ ...settings, tableau }, options));
}

function createExplicit(settings: ExplicitSettings, options: DynamicsOptions): Dynamics {
  return settings.stepping === 'joint'
    ? new JointDynamics(settings, options)
    : new PerSampleDynamics(settings, options);
}
