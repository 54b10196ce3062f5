/**
 * Runs a TypeScript module of this repository in a plain Node process: `node test/run-typescript.js FILE [ARGUMENT…]`.
 *
 * For tests that need a process of its own to kill, without a build before it.
 */
import { resolve } from 'node:path';
import process from 'node:process';
import { runnerImport } from 'vite';

process.argv.splice(1, 1);
await runnerImport(resolve(process.argv[1]), { configFile: false, logLevel: 'error' });
