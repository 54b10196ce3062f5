/** How a run answers what another terminal asks: `sweep stop`, `pause`, `resume`, `kill`, `change`. */
import type { ControlReply, ControlRequest } from '../sweep/control/protocol.js';
import type { SweepRun } from '../sweep/coordinator/coordinator.js';
import { countOf } from '../report/count-of.js';
import { changeRun } from './change.js';
import type { RunnablePlan } from './load-plan.js';

/** What a run does on request. @param current null before it has started */
export function answerControl(
  current: () => SweepRun | null,
  { declaration: { name }, planAddition }: Pick<RunnablePlan, 'declaration' | 'planAddition'>,
): (request: ControlRequest) => Promise<ControlReply> {
  return async (request) => {
    const run = current();
    if (run === null) return { done: false, message: `${name} is still starting: ask again.` };
    if (request.sweep !== null && request.sweep !== name) {
      return { done: false, message: `The run is of the sweep "${name}", not of "${request.sweep}".` };
    }
    switch (request.command) {
      case 'stop':
        run.stop(request.mode);
        return {
          done: true,
          message:
            request.mode === 'drain'
              ? `${name} stops: running trials finish, or leave a checkpoint at the end of their epoch and are queued again.`
              : `${name} stops: running trials go back to the queue at once.`,
        };
      case 'pause':
        run.pause(request.paused);
        return {
          done: true,
          message: request.paused ? `${name} is paused: running trials go on.` : `${name} goes on.`,
        };
      case 'change':
        return changeRun(run, request, planAddition);
      case 'kill':
        return killAll(run, request.trials);
    }
  };
}

async function killAll(run: SweepRun, trials: readonly number[]): Promise<ControlReply> {
  const refused: number[] = [];
  for (const trial of trials) if (!(await run.kill(trial))) refused.push(trial);
  const list = (numbers: readonly number[]): string => numbers.map((number) => `#${number}`).join(' ');
  if (refused.length === 0)
    return { done: true, message: `${countOf(trials.length, 'trial')} cancelled: ${list(trials)}.` };
  const killed = trials.filter((trial) => !refused.includes(trial));
  const rest = killed.length === 0 ? '' : ` Cancelled: ${list(killed)}.`;
  return { done: false, message: `Not running or queued in this run: ${list(refused)}.${rest}` };
}
