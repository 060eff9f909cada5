import { type MethodDefinition, type ServiceDefinition, loadPackageDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { service as healthMethods } from 'grpc-health-check';
import { type Connection, callBidi, callServerStream, callUnary, connect } from './client.js';
import { isServing, waitForServing } from './health.js';
import { type RunningServer, startServer } from './server.js';
import { draftMethods, draftService, opened, stop } from './toy-service.fixture.js';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function serve(handlers?: Parameters<typeof draftService>[0]): Promise<[RunningServer, Connection]> {
  const server = await startServer({ address: '127.0.0.1:0', services: [draftService(handlers)] });
  const connection = connect(server.address, 'the toy');
  cleanups.push(
    () => server.drain(0),
    () => connection.close(),
  );
  return [server, connection];
}

interface ReflectionReply {
  readonly listServicesResponse?: { readonly service: readonly { readonly name: string }[] };
  readonly fileDescriptorResponse?: { readonly fileDescriptorProto: readonly Buffer[] };
}

type HealthWatch = MethodDefinition<{ service: string }, { status: string }>;

describe('a server', () => {
  it('takes a free port and says which', async () => {
    const [server] = await serve();
    expect(server.address).toMatch(/^127\.0\.0\.1:[1-9]\d+$/);
  });

  it('rejects when its address is taken', async () => {
    const [server] = await serve();
    await expect(startServer({ address: server.address, services: [] })).rejects.toThrow(/EADDRINUSE|bind/i);
  });

  it('answers health checks for itself and for each service', async () => {
    const [server, connection] = await serve();
    await waitForServing(server.address, AbortSignal.timeout(5000));
    expect(await isServing(connection)).toBe(true);
    expect(await isServing(connection, 'outrider.v1.DraftService')).toBe(true);
    expect(await isServing(connection, 'outrider.v1.TargetService')).toBe(false);
  });

  it('lists its services and describes them by reflection', async () => {
    const [, connection] = await serve();
    // The reflection package ships its proto but not its definition.
    const folder = dirname(createRequire(import.meta.url).resolve('@grpc/reflection/package.json'));
    const definition = loadSync(join(folder, 'build/proto/grpc/reflection/v1/reflection.proto'));
    expect(loadPackageDefinition(definition)).toHaveProperty('grpc');
    const methods = definition['grpc.reflection.v1.ServerReflection'] as ServiceDefinition;
    const stream = callBidi<unknown, ReflectionReply>(connection, methods['ServerReflectionInfo']!);
    await stream.send({ listServices: '' });
    const services = (await stream.next())?.listServicesResponse?.service.map(({ name }) => name);
    expect(services?.sort()).toEqual(['grpc.health.v1.Health', 'outrider.v1.DraftService']);

    await stream.send({ fileContainingSymbol: 'outrider.v1.Sampling' });
    const [file] = (await stream.next())?.fileDescriptorResponse?.fileDescriptorProto ?? [];
    expect(file?.includes('outrider/v1/common.proto')).toBe(true);
    // FieldDescriptorProto.proto3_optional (17) of top_p: without it, protobuf libraries refuse the file.
    expect(file?.includes(Buffer.of(0x88, 0x01, 0x01))).toBe(true);
    stream.end();
    expect(await stream.next()).toBeUndefined();
  });
});

describe('waiting for a server', () => {
  it('sees one that comes late, and gives up with its signal', async () => {
    const [server] = await serve();
    const { address } = server;
    await server.drain(0);
    await expect(waitForServing(address, AbortSignal.timeout(200))).rejects.toMatchObject({ code: 'cancelled' });

    const waiting = waitForServing(address, AbortSignal.timeout(10_000));
    await sleep(100);
    const late = await startServer({ address, services: [draftService()] });
    cleanups.push(() => late.drain(0));
    await waiting;
  });
});

describe('draining', () => {
  it('lets a running call finish, takes no new ones, and does not wait for health watchers', async () => {
    const [server, connection] = await serve();
    const watching = callServerStream(connection, healthMethods['Watch'] as HealthWatch, { service: '' });
    expect((await watching.next()).value).toEqual({ status: 'SERVING' });
    const stream = callBidi(connection, draftMethods.draft);
    await stream.send(stop(1));
    expect(await stream.next()).toEqual(opened(1));

    const draining = server.drain(10_000);
    expect((await watching.next()).value).toEqual({ status: 'NOT_SERVING' });
    const late = connect(server.address, 'the toy');
    cleanups.push(() => late.close());
    await expect(callUnary(late, draftMethods.getModel, {})).rejects.toMatchObject({ code: 'unavailable' });

    await stream.send(stop(2));
    expect(await stream.next()).toEqual(opened(2));
    stream.end();
    expect(await stream.next()).toBeUndefined();
    await draining;
    expect(server.activeCalls()).toBe(0);
    await expect(watching.next()).rejects.toMatchObject({ name: 'OutriderError' });
  });

  it('tells what is left after the grace time, and cuts off who does not listen', async () => {
    let aborted = false;
    const [server, connection] = await serve({
      draft: async (stream, { signal }) => {
        await stream.send(opened(1));
        await stream.next().catch(() => undefined);
        aborted = signal.aborted;
      },
    });
    const stream = callBidi(connection, draftMethods.draft);
    await stream.next();
    await server.drain(50);
    expect(aborted).toBe(true);
    await expect(stream.next()).resolves.toBeUndefined();

    const [deaf, toDeaf] = await serve({ draft: () => new Promise(() => undefined) });
    const ignored = callBidi(toDeaf, draftMethods.draft);
    await ignored.send(stop(1));
    await expect.poll(() => deaf.activeCalls()).toBe(1);
    await deaf.drain(0);
    await expect(ignored.next()).rejects.toMatchObject({ name: 'OutriderError' });

    const [polite, toPolite] = await serve();
    const told = callBidi(toPolite, draftMethods.draft);
    await told.send(stop(1));
    await told.next();
    await polite.drain(0);
    await expect(told.next()).rejects.toMatchObject({ code: 'unavailable', message: /stopping/ });
  });
});
