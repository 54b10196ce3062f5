import type { Terminal } from './terminal-screen.js';

/** Whether a dashboard can be shown: input and output are terminals that can place the cursor. */
export function canShowDashboard(
  { stdin, stdout }: Pick<Terminal, 'stdin' | 'stdout'>,
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  return stdin.isTTY && stdout.isTTY && environment.TERM !== 'dumb';
}
