/**
 * Runs one trial that is another program, in the process that supervises it (`workers/trial-program.ts`).
 *
 * The program is of the supervisor's process group: who ends the group ends it, and all that it has started.
 * What it tells is handed on as fast as the database takes it: while `tell` waits nothing is read, and the program
 * waits in its turn once its pipe is full.
 *
 * Known limit: what leaves the group (`setsid`, a daemon) is beyond reach.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { killGroup } from '../training/process-channel.js';
import type { ProgramCall, TrialHooks, TrialOutcome, TrialReason } from '../training/trial.js';
import { createLineReader } from './line-reader.js';
import { createLogFile } from './log-file.js';
import { readToldLine } from './told-line.js';
import { createToldTrial } from './told-trial.js';

/** Between two looks at whether the trial should stop. */
const stopMilliseconds = 50;
/** A process that the program left behind may hold its output open: after its exit we wait so long for the rest. */
const drainMilliseconds = 1000;
/** Lines of output that the reason of a failure quotes. */
const quotedLines = 20;

export async function runProgram(call: ProgramCall, hooks: TrialHooks): Promise<TrialOutcome> {
  const log = createLogFile(call.logFile);
  mkdirSync(call.checkpointFolder, { recursive: true });
  const listener = createToldTrial((message) => hooks.tell(message));
  const [file, ...words] = call.words;
  const child = spawn(file, words, {
    cwd: call.folder,
    env: { PYTHONUNBUFFERED: '1', ...process.env, ...call.variables },
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  });
  hooks.tell({ kind: 'environment', environment: listener.environment() });
  const lines = createLineReader((line) => listener.hear(readToldLine(line)));
  child.stdout.on('data', (chunk: Buffer) => {
    log.add(chunk);
    lines.add(chunk);
  });
  child.stderr.on('data', (chunk: Buffer) => log.add(chunk));

  const stop = { asked: false };
  const watch = setInterval(() => {
    if (stop.asked || !hooks.shouldStop()) return;
    stop.asked = true;
    // To all of the group: a launcher need not hand it on. The supervisor itself does not mind.
    killGroup(process.pid, 'SIGTERM');
  }, stopMilliseconds);
  const end = await whenEnded(child);
  clearInterval(watch);
  lines.end();
  const { malformed } = listener;
  if (malformed > 0) log.note(`${malformed} line(s) looked like something to tell, but could not be read.`);
  log.close();
  removeIfEmpty(call.checkpointFolder);

  const why = failureOf(call, end, malformed, log.text());
  if (why !== null) return stop.asked ? { state: 'interrupted' } : { state: 'failed', reason: why };
  // Who ends early on request has not finished, however well it exits; unless it tells its result.
  if (stop.asked && !listener.hasResult) return { state: 'interrupted' };
  const outcome = listener.outcome();
  if (outcome.state === 'completed') rmSync(call.checkpointFolder, { recursive: true, force: true });
  if (outcome.state !== 'failed') return outcome;
  const { detail = '' } = outcome.reason;
  const said = [detail, ...hintOf(malformed), ...lastLines(log.text())];
  return { state: 'failed', reason: { ...outcome.reason, detail: said.join('\n') } };
}

function removeIfEmpty(folder: string): void {
  if (existsSync(folder) && readdirSync(folder).length === 0) rmdirSync(folder);
}

interface ProgramEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly error?: Error;
}

async function whenEnded(child: ChildProcess): Promise<ProgramEnd> {
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const end = await new Promise<ProgramEnd>((resolve) => {
    child.once('error', (error) => resolve({ code: null, signal: null, error }));
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  let timer: NodeJS.Timeout | undefined;
  const waited = new Promise<void>((resolve) => (timer = setTimeout(resolve, drainMilliseconds)));
  if (end.error === undefined) await Promise.race([closed, waited]);
  clearTimeout(timer);
  return end;
}

/** Why the program did not end well; null where it did. */
function failureOf(
  { words: [file], logFile }: ProgramCall,
  { code, signal, error }: ProgramEnd,
  malformed: number,
  output: string,
): TrialReason | null {
  if (error !== undefined) {
    return {
      code: 'environment',
      message: `${file} cannot be started: ${error.message}.`,
      detail: 'Is it installed, and on the PATH? The program runs in the folder of the sweep file.',
    };
  }
  if (code === 0) return null;
  const lines = lastLines(output);
  // An interpreter's last words say what went wrong; what a program told us before does not.
  const last = lines.at(-1)?.trim() ?? '';
  const said = signal !== null || last === '' || readToldLine(last).kind !== 'text' ? '.' : `: ${last}`;
  const how = signal === null ? `exited with status ${code}` : `was ended by ${signal}`;
  return {
    code: signal === null ? 'exit_status' : 'worker_exit',
    message: `${file} ${how}${said}`,
    detail: [
      ...lines,
      ...hintOf(malformed),
      ...(signal === 'SIGKILL' ? ['On Linux this is what happens when the machine runs out of memory.'] : []),
      `(the last of its output: ${logFile})`,
    ].join('\n'),
  };
}

function lastLines(output: string): readonly string[] {
  return output.trimEnd().split('\n').slice(-quotedLines);
}

function hintOf(malformed: number): readonly string[] {
  return malformed === 0 ? [] : [`${malformed} line(s) looked like something to tell, but could not be read.`];
}
