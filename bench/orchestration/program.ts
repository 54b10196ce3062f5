/** The real bin as a process, timed from its start. */
import { spawn, spawnSync } from 'node:child_process';
import { repository } from '../participant.js';

const cli = `${repository}dist/src/cli.js`;

interface Wait {
  /** What the program prints when it is done with what is measured. */
  readonly shown: string;
  /** What makes it leave then: keys, or a signal. */
  readonly leave: { readonly keys: string } | { readonly signal: NodeJS.Signals };
}

/** @returns seconds from the start of the process to its end, or until it prints what is waited for; it has ended then, too */
function timeProgram(program: string, parameters: readonly string[], wait: Wait | null): Promise<number> {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const child = spawn(program, parameters, { stdio: ['pipe', 'pipe', 'pipe'] });
    let [text, complaints] = ['', ''];
    let seconds: number | null = null;
    child.stdout.on('data', (chunk: Buffer) => {
      if (wait === null || seconds !== null) return;
      text += chunk.toString();
      if (!text.includes(wait.shown)) return;
      seconds = (performance.now() - began) / 1000;
      if ('keys' in wait.leave) child.stdin.write(wait.leave.keys);
      else child.kill(wait.leave.signal);
    });
    child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => {
      if (seconds !== null) resolve(seconds);
      else if (code === 0 && wait === null) resolve((performance.now() - began) / 1000);
      else reject(new Error(`${parameters.join(' ')} ended with ${code}.\n${text}\n${complaints}`));
    });
  });
}

/** From the command to its end. */
export function timeCommand(parameters: readonly string[]): Promise<number> {
  return timeProgram(process.execPath, [cli, ...parameters], null);
}

/** From the command until it prints `shown`; then it is killed. */
export function timeUntil(parameters: readonly string[], shown: string): Promise<number> {
  return timeProgram(process.execPath, [cli, ...parameters], { shown, leave: { signal: 'SIGKILL' } });
}

/** Whether there is the program that gives a command a terminal of its own (util-linux). */
export function canGiveTerminal(): boolean {
  return spawnSync('script', ['--version'], { encoding: 'utf8' }).output.join('').includes('util-linux');
}

/** From the command until `shown` stands on its dashboard of 100 × 30 characters; then Ctrl-C, three times. */
export function timeOnTerminal(parameters: readonly string[], shown: string): Promise<number> {
  const command = [process.execPath, cli, ...parameters].map((text) => `'${text}'`).join(' ');
  return timeProgram('script', ['-qfec', `stty cols 100 rows 30; exec ${command}`, '/dev/null'], {
    shown,
    leave: { keys: '\u0003\u0003\u0003' },
  });
}

/** Least of several measurements: what other programs on the machine add is never negative. */
export async function least(repeats: number, measure: () => Promise<number>): Promise<number> {
  let best = Infinity;
  for (let index = 0; index < repeats; index += 1) best = Math.min(best, await measure());
  return best;
}
