/** The set-up script's ends that need no network; CI runs the whole of it before the tests. */
import { spawnSync } from 'node:child_process';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeTemporaryDirectory, removeDirectory } from '../db/temporary-directory.js';
import { withTensorflow } from './fixtures.js';

const script = fileURLToPath(new URL('../../setup/tensorflow.js', import.meta.url));

let data: string;
beforeAll(async () => {
  data = await makeTemporaryDirectory();
});
afterAll(() => removeDirectory(data));

function setUp(environment: Readonly<Record<string, string>>): ReturnType<typeof spawnSync> {
  return spawnSync(process.execPath, [script], { encoding: 'utf8', env: { ...process.env, ...environment } });
}

describe('setting TensorFlow up', () => {
  it.skipIf(!withTensorflow)('leaves what works as it is', () => {
    const { status, stdout } = setUp({});
    expect(stdout).toMatch(/^TensorFlow is set up in .* and works; nothing to do\.\n$/);
    expect(status).toBe(0);
  });

  it('says which step failed and what to do, and leaves nothing behind', async () => {
    await mkdir(join(data, 'paretode/tensorflow-0.0.0'), { recursive: true });
    const { status, stderr } = setUp({ XDG_DATA_HOME: data, PATH: join(data, 'no-programs') });
    expect(stderr).toMatch(/^npm could not install the package\.\nnpm: .*ENOENT\nCheck that npm reaches its registry/);
    expect(status).toBe(1);
    expect(await readdir(join(data, 'paretode'))).toEqual(['tensorflow-0.0.0']);
  });
});
