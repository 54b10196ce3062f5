/**
 * The thread of a trial's process that takes orders: wiring only. The pipe's end ends the process and all that it has
 * started, without asking: whoever would have heard of it is gone.
 */
import { Socket } from 'node:net';
import { parentPort } from 'node:worker_threads';
import { createFrameReader } from '../src/training/frames.js';
import { killGroup, ordersDescriptor, type ProcessOrder, type ProcessTask } from '../src/training/process-channel.js';
import { acknowledgeMessage, createTrialControl, raiseDrain, raiseStop } from '../src/training/trial-channel.js';

let control = createTrialControl();

const obey = (order: ProcessOrder): void => {
  switch (order.kind) {
    case 'run': {
      const { request, memory } = order;
      control = createTrialControl();
      parentPort?.postMessage({ request, control, ...(memory && { memory }) } satisfies ProcessTask);
      return;
    }
    case 'acknowledge':
      acknowledgeMessage(control);
      return;
    case 'stop':
      raiseStop(control);
      return;
    case 'drain':
      raiseDrain(control);
      return;
    default:
      order satisfies never;
  }
};

const orders = new Socket({ fd: ordersDescriptor, readable: true, writable: false });
orders.on(
  'data',
  createFrameReader((order) => obey(order as ProcessOrder)),
);
orders.on('error', () => undefined);
orders.on('close', () => killGroup(process.pid, 'SIGKILL'));
