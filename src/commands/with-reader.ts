/** A look into a database: opened for it, and closed however it ends. */
import { openReader, type Reader } from '../../db/index.js';

/** @param path of a database that exists */
export async function withReader<T>(path: string, look: (reader: Reader) => Promise<T>): Promise<T> {
  const reader = await openReader(path);
  try {
    return await look(reader);
  } finally {
    await reader.close();
  }
}
