import { setTimeout as sleep } from 'node:timers/promises';
import { type MethodDefinition } from '@grpc/grpc-js';
import { OutriderError } from '@outrider/contracts';
import { service as healthService } from 'grpc-health-check';
import { type Connection, callUnary, connect } from './client.js';

const pollMs = 50;
const checkTimeoutMs = 1000;

const checkMethod = healthService['Check'] as MethodDefinition<{ service: string }, { status: string }>;

/** Whether a server says SERVING, for one of its services or, by default, as a whole. False when it is not there. */
export async function isServing(connection: Connection, service = '', signal?: AbortSignal): Promise<boolean> {
  try {
    const deadline = new Date(Date.now() + checkTimeoutMs);
    const { status } = await callUnary(connection, checkMethod, { service }, { deadline, signal });
    return status === 'SERVING';
  } catch {
    return false;
  }
}

/** Resolves when the server at the address says SERVING. Rejects with `cancelled` when the signal aborts first. */
export async function waitForServing(address: string, signal: AbortSignal, service = ''): Promise<void> {
  const connection = connect(address, address);
  try {
    while (!(await isServing(connection, service, signal))) await sleep(pollMs, undefined, { signal });
  } catch (error) {
    throw new OutriderError('cancelled', `${address} was not serving in time`, { cause: error });
  } finally {
    connection.close();
  }
}
