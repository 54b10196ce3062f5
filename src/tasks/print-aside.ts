/**
 * Where what a task prints goes: to standard error, for standard output is the report's, and with `--json` every line of
 * it is JSON.
 */

/** From now on, on this thread. @returns how to end that */
export function printAside(): () => void {
  const { stdout, stderr } = process;
  const write = stdout.write.bind(stdout);
  stdout.write = stderr.write.bind(stderr);
  return () => {
    stdout.write = write;
  };
}
