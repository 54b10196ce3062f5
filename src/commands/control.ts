/** `sweep stop`, `pause`, `resume`, `kill`, `change`: what another terminal may ask of a run. */
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { UserError } from '../errors.js';
import { askRun } from '../sweep/control/client.js';
import type { ControlReply, ControlRequest } from '../sweep/control/protocol.js';
import type { SweepRun } from '../sweep/coordinator/coordinator.js';
import { countOf } from '../report/count-of.js';
import { databasePath, writeJson, type CommandContext, type DatabaseOptions } from './command-context.js';
import { changeRun, defineChange } from './change.js';
import type { RunnablePlan } from './load-plan.js';
import { collectPositiveIntegers } from './parse-number.js';

interface ControlOptions extends DatabaseOptions {
  readonly now?: boolean;
}

export function addControlCommands(program: Command, context: CommandContext): void {
  const ask = async (options: DatabaseOptions, request: ControlRequest): Promise<void> => {
    const database = databasePath(context, options);
    if (!existsSync(database)) {
      throw new UserError('database', `There is no database ${database}.`, { hint: 'Name another file with --db.' });
    }
    const { done, message } = await askRun(database, request);
    if (!done) throw new UserError('usage', message);
    if (options.json === true) writeJson(context, { done, message });
    else context.stdout.write(`${message}\n`);
  };
  const command = (name: string, summary: string, examples: string): Command =>
    program
      .command(name)
      .summary(summary)
      .option('--db <path>', 'database of the run (default: $SWEEP_DB or ./sweeps.sqlite)')
      .option('--json', 'one JSON document')
      .addHelpText('after', `\nExamples:\n${examples}`);
  const sweep = (name: string | undefined): string | null => name ?? null;

  command(
    'stop',
    'end a run of another terminal: running trials stop at a checkpoint and are queued again',
    '  sweep stop\n  sweep stop quickstart --now',
  )
    .argument('[sweep]', 'its name, to be sure')
    .option('--now', 'running trials stop at once')
    .action((name: string | undefined, options: ControlOptions) =>
      ask(options, { command: 'stop', mode: options.now === true ? 'abort' : 'drain', sweep: sweep(name) }),
    );
  command('pause', 'start no further trial of a run until `sweep resume`', '  sweep pause\n  sweep pause quickstart')
    .argument('[sweep]', 'its name, to be sure')
    .action((name: string | undefined, options: DatabaseOptions) =>
      ask(options, { command: 'pause', paused: true, sweep: sweep(name) }),
    );
  command('resume', 'go on after `sweep pause`', '  sweep resume')
    .argument('[sweep]', 'its name, to be sure')
    .action((name: string | undefined, options: DatabaseOptions) =>
      ask(options, { command: 'pause', paused: false, sweep: sweep(name) }),
    );
  defineChange(
    command(
      'change',
      'give a run other workers, another end, or further trials',
      "  sweep change --workers 2\n  sweep change quickstart --max-time 2h\n  sweep change --add 'error_weight=0.3 rtol=1e-4' 'error_weight=3 seed=1,2'",
    ),
    ask,
  );
  command(
    'kill',
    'end trials of a run as cancelled, running or queued',
    '  sweep kill 7\n  sweep kill 7 8 9 --db mnist.sqlite',
  )
    .argument('<trials...>', 'numbers of trials', collectPositiveIntegers)
    .action((trials: readonly number[], options: DatabaseOptions) =>
      ask(options, { command: 'kill', trials: [...trials], sweep: null }),
    );
}

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
              ? `${name} stops: running trials leave a checkpoint at the end of their epoch and are queued again.`
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
