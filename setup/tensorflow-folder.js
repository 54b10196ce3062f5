/**
 * Where `npm run setup:tensorflow` puts TensorFlow, and where the engine looks for it: a folder of the user's data, by
 * the XDG base directory specification.
 *
 * Not in `node_modules`: `npm ci` empties it, and every checkout would hold the same gigabyte again.
 */
import { homedir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

export const tensorflowPackage = '@tensorflow/tfjs-node';
export const tensorflowVersion = '4.22.0';

const data = process.env.XDG_DATA_HOME || join(homedir(), '.local', 'share');

export const tensorflowFolder = join(
  data,
  'paretode',
  `tensorflow-${tensorflowVersion}-${process.platform}-${process.arch}`,
);
