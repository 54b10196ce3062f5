/**
 * Where the tests of the engine webgpu find a GPU: the machine's own or, where there is none, SwiftShader, which computes
 * on the CPU and comes with the package @sparticuz/chromium.
 *
 * What is set here is read when a process starts, by Vulkan's loader and the dynamic linker: so it belongs into the
 * environment of the processes that run tests (`vitest.config.ts`), not into a test.
 * Known limit: SwiftShader comes for Linux only.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';

/** Ends with success if WebGPU finds an adapter that is a GPU. */
const findGpu = `
  const { create } = await import('webgpu');
  const adapter = await create([]).requestAdapter();
  process.exitCode = adapter === null || adapter.info.isFallbackAdapter ? 1 : 0;
`;

/** Variables for processes that are to find a GPU; none where they find one anyway, or SwiftShader cannot be had. */
export function gpuEnvironment(): Readonly<Record<string, string>> {
  const found = spawnSync(process.execPath, ['--input-type=module', '--eval', findGpu], {
    cwd: import.meta.dirname,
    stdio: 'ignore',
  });
  if (found.status === 0 || process.platform !== 'linux') return {};
  const folder = unpackSwiftShader();
  return {
    VK_ICD_FILENAMES: join(folder, 'vk_swiftshader_icd.json'),
    LD_LIBRARY_PATH: [folder, process.env.LD_LIBRARY_PATH]
      .filter((path) => path !== undefined && path !== '')
      .join(':'),
    XDG_RUNTIME_DIR: process.env.XDG_RUNTIME_DIR ?? tmpdir(),
  };
}

/** @returns the folder that holds SwiftShader and Vulkan's loader; unpacked by the first who asks */
function unpackSwiftShader(): string {
  const main = createRequire(import.meta.url).resolve('@sparticuz/chromium');
  const root = main.slice(0, main.lastIndexOf('@sparticuz'));
  const { version } = JSON.parse(readFileSync(join(root, '@sparticuz/chromium/package.json'), 'utf8')) as {
    readonly version: string;
  };
  const folder = join(root, '.cache', `paretode-swiftshader-${version}`);
  if (existsSync(folder)) return folder;
  mkdirSync(dirname(folder), { recursive: true });
  const unpacked = mkdtempSync(`${folder}-`);
  try {
    const archive = join(unpacked, 'swiftshader.tar');
    writeFileSync(
      archive,
      brotliDecompressSync(readFileSync(join(root, '@sparticuz/chromium/bin/swiftshader.tar.br'))),
    );
    const { status, stderr } = spawnSync('tar', ['-xf', archive, '-C', unpacked], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`SwiftShader could not be unpacked: ${stderr}`);
    rmSync(archive);
    renameSync(unpacked, folder);
  } catch (error) {
    // Another process may have been faster.
    if (!existsSync(folder)) throw error;
  } finally {
    rmSync(unpacked, { recursive: true, force: true });
  }
  return folder;
}
