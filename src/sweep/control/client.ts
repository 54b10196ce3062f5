/** The other terminal's end: asks the run that holds a database, and tells what it answered. */
import { createConnection } from 'node:net';
import { UserError } from '../../errors.js';
import { controlPath, controlReply, type ControlReply, type ControlRequest } from './protocol.js';

/** A run answers in milliseconds; one whose database is busy may take a while. */
const patienceMilliseconds = 15_000;

/** @throws UserError if no run listens or it does not answer */
export async function askRun(database: string, request: ControlRequest): Promise<ControlReply> {
  const text = await new Promise<string>((resolve, reject) => {
    const socket = createConnection(controlPath(database));
    let answer = '';
    socket.setEncoding('utf8').setTimeout(patienceMilliseconds);
    socket.on('connect', () => socket.write(`${JSON.stringify(request)}\n`));
    socket.on('data', (chunk: string) => (answer += chunk));
    socket.on('end', () => resolve(answer));
    socket.on('timeout', () => {
      socket.destroy();
      reject(new UserError('environment', `The run did not answer within ${patienceMilliseconds / 1000} s.`));
    });
    socket.on('error', (cause) => {
      reject(
        new UserError('usage', `No run of ${database} can be reached.`, {
          hint: 'Runs are controlled on the machine and by the user they run on; `sweep doctor` says whether one goes on.',
          cause,
        }),
      );
    });
  });
  return controlReply.parse(JSON.parse(text));
}
