/** The run's end: answers requests until it is closed. Whoever holds the database's lock is the only one to listen. */
import { chmod, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { controlPath, controlRequest, type ControlReply, type ControlRequest } from './protocol.js';

export interface ControlServer {
  /** Resolves when the socket is gone. */
  close(): Promise<void>;
}

/** More than any request has. */
const mostCharacters = 1_000_000;

/** @throws the system's error if the socket cannot be made */
export async function listenForControl(
  database: string,
  handle: (request: ControlRequest) => Promise<ControlReply>,
): Promise<ControlServer> {
  const path = controlPath(database);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // A client that goes away is no error of the run.
    socket.on('error', () => socket.destroy());
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const end = text.indexOf('\n');
      if (end < 0 && text.length <= mostCharacters) return;
      socket.removeAllListeners('data');
      void answer(text.slice(0, end), handle).then((reply) => socket.end(`${JSON.stringify(reply)}\n`));
    });
  });
  // What a killed run left behind: nobody else can be listening, since only the holder of the lock does.
  if (process.platform !== 'win32') await rm(path, { force: true });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve));
  // A run that waits for nothing else may end.
  server.unref();
  if (process.platform !== 'win32') await chmod(path, 0o600);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

async function answer(line: string, handle: (request: ControlRequest) => Promise<ControlReply>): Promise<ControlReply> {
  try {
    const request = controlRequest.safeParse(JSON.parse(line));
    if (!request.success)
      return { done: false, message: 'The run does not know this request: is it an older version?' };
    return await handle(request.data);
  } catch (error) {
    return { done: false, message: error instanceof Error ? error.message : String(error) };
  }
}
