/** Which replica serves a session, and what that saves. The text of these replicas follows from all they hold. */
import { prefixChain } from '@outrider/contracts';
import { describe, expect, it } from 'vitest';
import { failure, generate, request } from './stack.fixture.js';
import { atEnd, drafts, memory, orchestrate, serveAgain, targets } from './stacks.fixture.js';
import { sayAfter } from './toy-cache.fixture.js';
import { noSlots } from './toy-replica.fixture.js';

const start = 'Once upon a time there was a replica that kept what it had read, and then ';
const asking = (text: string, sessionId?: string) =>
  request({ prompt: { type: 'text', text }, maxTokens: 20, ...(sessionId !== undefined && { sessionId }) });
const said = sayAfter(start, 20);

describe('a session that goes on', () => {
  it('is served where its caches are, and takes in only what is new', async () => {
    const stack = await orchestrate(await targets({}, {}, {}), await drafts({}, {}, {}));
    let text = start;
    let before: { targetReplica: string; draftReplica: string } | undefined;
    for (let turn = 0; turn < 4; turn++) {
      const { started, finished, text: answer } = await generate(stack, asking(text, 's'));
      expect(answer).toBe(sayAfter(text, 20));
      if (before) {
        expect(started).toMatchObject(before);
        // All but the last token of the answer, which no pass had taken in.
        expect(finished.usage.cachedTokens).toBeGreaterThanOrEqual(text.length - ' More? '.length - 1);
      }
      before = { targetReplica: started.targetReplica, draftReplica: started.draftReplica };
      text += `${answer} More? `;
    }
  });

  it('keeps the common beginning of a history that was changed', async () => {
    const stack = await orchestrate(await targets({}, {}), await drafts({}));
    await generate(stack, asking(start, 's'));
    const changed = `${start.slice(0, 30)}something else happened`;
    const { finished, text } = await generate(stack, asking(changed, 's'));
    expect(text).toBe(sayAfter(changed, 20));
    expect(finished.usage.cachedTokens).toBe(30);
  });

  it('goes on elsewhere when its replicas are gone, at once', async () => {
    const [all, helpers] = [await targets({}, {}), await drafts({}, {})];
    const stack = await orchestrate(all, helpers);
    const first = await generate(stack, asking(start, 's'));
    const named = ({ id }: { id: string }): boolean =>
      id === first.started.targetReplica || id === first.started.draftReplica;
    await Promise.all([...all, ...helpers].filter(named).map((replica) => replica.kill()));
    const { started, finished, text } = await generate(stack, asking(start, 's'));
    expect(text).toBe(said);
    expect(started.targetReplica).not.toBe(first.started.targetReplica);
    expect(started.draftReplica).not.toBe(first.started.draftReplica);
    expect(started.draftReplica).not.toBe('');
    expect(finished).toMatchObject({ usage: { cachedTokens: 0 }, speculation: { draftLost: false } });
  });

  it('leaves a replica that is about to stop, and comes back to none of its name', async () => {
    const status = { draining: false };
    const [one, other] = await targets({ status }, {});
    const stack = await orchestrate([one!, other!], []);
    // Until the one that will stop has it.
    let served = '';
    for (let i = 0; served !== one!.id; i++) {
      served = (await generate(stack, asking(start, `s${i}`))).started.targetReplica;
    }
    status.draining = true;
    await expect
      .poll(() => stack.orchestrator.targets.members().some(({ load }) => load.status().draining), { timeout: 3000 })
      .toBe(true);
    for (let i = 0; i < 8; i++) {
      expect((await generate(stack, asking(start, `s${i}`))).started.targetReplica).toBe(other!.id);
    }
    await other!.kill();
    expect((await generate(stack, asking(start))).started.targetReplica).toBe(one!.id);
  });
});

describe('a new session', () => {
  it('is served where its beginning is cached', async () => {
    const shared = memory();
    const [all, helpers] = [await targets({}, {}, {}, {}), await drafts({}, {}, {}, {})];
    const stack = await orchestrate(all, helpers, { shared });
    const chain = prefixChain([...Buffer.from(start)]);
    const holding = (replica: string, added: string[]) =>
      shared.prefixes.update({ replica, fingerprint: 'a'.repeat(64) }, { added, removed: [] }, 60_000);
    for (const [some, most] of [all, helpers].map((replicas) => [replicas[1], replicas[2]])) {
      await holding(some!.id, chain.slice(0, 1));
      await holding(most!.id, chain);
    }
    for (let i = 0; i < 6; i++) {
      // The draft's prefixes are not asked for while warm starts are.
      const policy = { kind: 'static', draftTokens: 3 } as const;
      const { started, text } = await generate(stack, { ...asking(start), policy });
      expect(started).toMatchObject({ targetReplica: all[2]!.id, draftReplica: helpers[2]!.id });
      expect(text).toBe(said);
    }
  });

  it('spreads with others that run', async () => {
    const all = await targets({ status: { slots: 2 } }, { status: { slots: 2 } });
    const stack = await orchestrate(all, []);
    const texts = await Promise.all(Array.from({ length: 4 }, () => generate(stack, asking(start))));
    expect(texts.map(({ text }) => text)).toEqual(Array.from({ length: 4 }, () => said));
    expect(all.map((replica) => replica.opened())).toEqual([2, 2]);
  });

  it('tries one other replica where the first is full, and says when to come again where both are', async () => {
    const onOpen = (): void => {
      throw noSlots();
    };
    const full = { onOpen, status: { slotsInUse: 0 } };
    const free = { status: { slotsInUse: 99 } };
    const [helpers, all] = [await drafts(full, free), await targets(full, free)];
    const stack = await orchestrate(all, helpers);
    const { started, finished } = await generate(stack, asking(start));
    expect(started).toMatchObject({ targetReplica: all[1]!.id, draftReplica: helpers[1]!.id });
    expect(finished.speculation.draftLost).toBe(false);

    const none = await orchestrate(await targets(full, full), helpers);
    expect(await failure(generate(none, asking(start)))).toMatchObject({
      code: 'resource_exhausted',
      retryAfterMs: 1500,
    });
    await expect.poll(() => helpers[1]!.activeCalls()).toBe(0);
  });
});

describe('replicas', () => {
  it('of different models are never mixed, and who is set aside is told of once', async () => {
    const model = { name: 'other', fingerprint: 'c'.repeat(64) };
    const stack = await orchestrate(await targets({ model }, {}, {}), await drafts({}, { model }, { model }));
    for (let i = 0; i < 6; i++) {
      const { started } = await generate(stack, asking(start));
      expect(started).toMatchObject({ targetModel: 'toy', draftModel: 'other' });
    }
    await expect
      .poll(() => stack.lines.filter((line) => line.includes('set aside')).sort(), { timeout: 5000 })
      .toEqual([
        'the draft serves another model than most and is set aside',
        'the target serves another model than most and is set aside',
      ]);
  });

  it('that hang are not chosen any more', async () => {
    let hangs = false;
    const onStatus = (): Promise<void> | void => (hangs ? new Promise(() => undefined) : undefined);
    const [one, other] = await targets({ onStatus }, {});
    const stack = await orchestrate([one!, other!], []);
    hangs = true;
    const responding = () => stack.orchestrator.targets.members().filter((member) => member.responds());
    await expect.poll(() => responding().map(({ id }) => id), { timeout: 5000 }).toEqual([other!.id]);
    const before = one!.opened();
    for (let i = 0; i < 6; i++) await generate(stack, asking(start));
    expect(one!.opened()).toBe(before);
  });

  it('that start again at the same address are others', async () => {
    const [one] = await targets({});
    const stack = await orchestrate([one!], []);
    await generate(stack, asking(start, 's'));
    await one!.kill();
    const again = await serveAgain(one!);
    const member = () => stack.orchestrator.targets.members()[0]?.id;
    await expect.poll(member, { timeout: 5000 }).toBe(again.id);
    const { finished, started, text } = await generate(stack, asking(start, 's'));
    expect([text, started.targetReplica, finished.usage.cachedTokens]).toEqual([said, again.id, 0]);
  });

  it('are found by name', async () => {
    const [one] = await targets({});
    const port = one!.address.split(':')[1];
    const stack = await orchestrate([one!], [], { targetAddress: `dns:///localhost:${port}` });
    expect((await generate(stack, asking(start))).text).toBe(said);
    const nowhere = await orchestrate([], [], { targetAddress: `dns:///no-such-name.invalid:${port}` });
    const missing = await failure(generate(nowhere, asking(start)));
    expect(missing).toMatchObject({ code: 'unavailable' });
    expect(missing.message).toContain('no-such-name.invalid');
  });

  it('are found in the registry, come and go, and stay while they answer', async () => {
    const shared = memory();
    atEnd(() => shared.close());
    const [one, other] = await targets({}, {});
    const announce = ({ address, id }: { address: string; id: string }) =>
      shared.replicas.announce(
        {
          role: 'target',
          address,
          fingerprint: 'a'.repeat(64),
          tokenizerFingerprint: 'b'.repeat(64),
          status: { id, slots: 1, slotsInUse: 0, queued: 0, draining: false, cachedTokens: 0, cacheTokens: 0 },
        },
        60_000,
      );
    await announce(one!);
    const stack = await orchestrate([one!], [], { targetAddress: 'registry', shared });
    const ids = (): string[] => stack.orchestrator.targets.members().map(({ id }) => id);
    expect(ids()).toEqual([one!.id]);
    await announce(other!);
    await expect.poll(ids, { timeout: 5000 }).toEqual([one!.id, other!.id]);
    await shared.replicas.withdraw('target', one!.id);
    await shared.replicas.withdraw('target', other!.id);
    expect((await generate(stack, asking(start))).text).toBe(said);
    await one!.kill();
    await expect.poll(ids, { timeout: 5000 }).toEqual([other!.id]);
  });
});
