/**
 * The regularisers of one training run, made from settings. R_E and R_S are there always, be it to be looked at: the
 * solver computes their estimates anyway. The others exist only where they are asked for.
 */
import type { Tableau } from '../ode/tableau.js';
import { errorRegularizer } from './error.js';
import { localRegularizer, type LocalFirstStage, type LocalSampling } from './local.js';
import type { StepSettings } from './presets.js';
import type { IntervalRegularizer, LocalRegularizer, StepRegularizer, TrajectoryRegularizer } from './regularizer.js';
import { steer } from './steer.js';
import { stiffnessRegularizer } from './stiffness.js';
import { taylorRegularizer } from './taylor.js';

export interface RegularizerSettings extends StepSettings {
  /** b of STEER; absent or 0: none. */
  readonly steerWidth?: number;
  /** K of the Taylor regulariser; absent: none. */
  readonly taylorOrder?: number;
  /** Of the local regulariser; absent: none. */
  readonly localSampling?: LocalSampling;
  readonly localFirstStage?: LocalFirstStage;
}

export interface RegularizerSet {
  readonly error: StepRegularizer;
  readonly stiffness: StepRegularizer;
  readonly steer: IntervalRegularizer | null;
  readonly taylor: TrajectoryRegularizer | null;
  readonly local: LocalRegularizer | null;
}

/** @param tableau for the stability size */
export function createRegularizers(
  settings: RegularizerSettings,
  tableau: Pick<Tableau, 'stabilitySize'>,
): RegularizerSet {
  const { error, stiffness, steerWidth = 0, taylorOrder, localSampling, localFirstStage } = settings;
  return {
    error: errorRegularizer(error),
    stiffness: stiffnessRegularizer({
      ...stiffness,
      stabilitySize: stiffness.byStability ? tableau.stabilitySize : null,
    }),
    steer: steerWidth > 0 ? steer(steerWidth) : null,
    taylor: taylorOrder === undefined ? null : taylorRegularizer(taylorOrder),
    local: localSampling === undefined ? null : localRegularizer(localSampling, localFirstStage),
  };
}
