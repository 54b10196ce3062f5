/** The version of this program, as package.json has it. */
import { createRequire } from 'node:module';

export function programVersion(): string {
  const { version } = createRequire(import.meta.url)('#package.json') as { readonly version: string };
  return version;
}
