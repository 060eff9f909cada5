import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Lane, ScoredRow } from './lanes.js';
import { EngineError } from './port.js';
import { Scheduler } from './scheduler.js';
import type { Job, Task, Wanted } from './task.js';

/** A lane whose first token says whose it is. */
function laneOf(mark: number, width: number): Lane {
  return { tokens: [mark, ...Array.from({ length: width - 1 }, () => 0)] } as unknown as Lane;
}

/** A scheduler over passes that only note their lanes' marks. */
function bench(limits: { maxLanes?: number; maxTokens?: number; several?: boolean } = {}) {
  const passes: number[][] = [];
  const undone: number[][] = [];
  const faulty = new Set<number>();
  const during: (() => void)[] = [];
  const marks = (lanes: readonly Lane[]) => lanes.map(({ tokens }) => tokens[0] as number);
  const scheduler = new Scheduler({
    maxLanes: limits.maxLanes ?? 8,
    maxTokens: limits.maxTokens ?? 100,
    chunkTokens: 64,
    async pass(lanes) {
      passes.push(marks(lanes));
      await new Promise(setImmediate);
      during.shift()?.();
      if (marks(lanes).some((mark) => faulty.has(mark))) throw new Error('a pass went wrong');
      return lanes.map(({ tokens }) => [{ lawRows: [tokens[0]] } as unknown as ScoredRow]);
    },
    undo: (lanes) => () => void undone.push(marks(lanes)),
    several: () => limits.several ?? true,
  });
  /** Submits a task of so many passes; what its passes gave comes back, with their sizes. */
  const submit = (mark: number, steps = 1, options: Partial<Job> & { width?: number; kind?: Wanted['kind'] } = {}) => {
    const { kind = 'block', width = 1, ...job } = options;
    return new Promise<(readonly [mark: number | undefined, batchSize: number])[]>((resolve, reject) => {
      scheduler.submit({
        purpose: kind === 'block' ? 'block' : 'text',
        sessionIds: [`session ${mark}`],
        *begin(): Task<unknown> {
          const given = [];
          for (let step = 0; step < steps; step++) {
            const ran = yield { kind, lanes: [laneOf(mark, width)] };
            if (ran === undefined) throw new EngineError('aborted', `given up after ${step}`);
            given.push([ran.rows[0]?.[0]?.lawRows[0], ran.batchSize] as const);
          }
          return given;
        },
        refusal: () => undefined,
        isAborted: () => false,
        resolve: resolve,
        reject,
        ...job,
      });
    });
  };
  return { during, faulty, passes, scheduler, submit, undone };
}

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'answered',
    (error: unknown) => (error instanceof EngineError ? `${error.code}: ${error.message}` : String(error)),
  );

describe('a pass', () => {
  it('is shared by those that wait, and gives each its own rows', async () => {
    const { passes, submit } = bench();
    expect(await Promise.all([submit(1), submit(2), submit(3)])).toEqual([[[1, 3]], [[2, 3]], [[3, 3]]]);
    expect(passes).toEqual([[1, 2, 3]]);
  });

  it('is joined by calls that come during the one before, between the steps of others', async () => {
    const { during, passes, submit } = bench();
    let late: Promise<unknown> | undefined;
    during.push(() => {
      late = submit(2, 2);
    });
    await submit(1, 3);
    await late;
    expect(passes).toEqual([[1], [1, 2], [1, 2]]);
  });

  it('has no more lanes and tokens than it may, and nobody has two turns while another waits', async () => {
    const { passes, submit } = bench({ maxLanes: 2 });
    await Promise.all([1, 2, 3, 4, 5].map((mark) => submit(mark, 2)));
    expect(passes).toEqual([
      [1, 2],
      [3, 4],
      [5, 1],
      [2, 3],
      [4, 5],
    ]);
    const narrow = bench({ maxTokens: 12 });
    await Promise.all([1, 2, 3].map((mark) => narrow.submit(mark, 1, { width: 5 })));
    expect(narrow.passes).toEqual([[1, 2], [3]]);
  });

  it('over blocks takes turns with chunks of long texts, which come in their order', async () => {
    const { passes, submit } = bench();
    const chunk = { kind: 'chunk', width: 40 } as const;
    await Promise.all([submit(8, 2, chunk), submit(9, 2, chunk), submit(1, 3), submit(2, 3)]);
    expect(passes).toEqual([[1, 2], [8], [1, 2], [9], [1, 2], [8], [9]]);
  });
});

describe('a session', () => {
  it('has one task at a time, in the order of its calls', async () => {
    const { passes, submit } = bench();
    const own = { sessionIds: ['one'] };
    await Promise.all([submit(1, 2, own), submit(2, 1, own), submit(3, 1, own), submit(4)]);
    expect(passes).toEqual([[1, 4], [1], [2], [3]]);
  });

  it('is opened and closed between passes, and what waits of it then does not go on', async () => {
    const { during, passes, scheduler, submit } = bench();
    let isClosed = false;
    during.push(() => {
      void scheduler.between('session 1', () => {
        isClosed = true;
      });
      expect(isClosed).toBe(false);
    });
    const refusal = () => (isClosed ? new EngineError('unknown_session', 'closed') : undefined);
    const [first, second] = await Promise.all([codeOf(submit(1, 3, { refusal })), codeOf(submit(2, 3))]);
    expect([first, second]).toEqual(['unknown_session: closed', 'answered']);
    expect(passes).toEqual([[1, 2], [2], [2]]);
  });
});

describe('a task that ends early', () => {
  it('because nobody waits for it, does so after the running pass, and before it began if need be', async () => {
    const { during, passes, submit } = bench();
    let aborted = false;
    during.push(() => {
      aborted = true;
    });
    const isAborted = () => aborted;
    const first = codeOf(submit(1, 3, { isAborted }));
    const second = submit(2, 2);
    const own = codeOf(submit(3, 1, { sessionIds: ['session 1'], isAborted }));
    expect(await first).toBe('aborted: given up after 1');
    expect(await own).toBe('aborted: the caller gave up');
    await second;
    expect(passes).toEqual([[1, 2], [2]]);
  });

  it('by an error of its own, leaves those alone that share its passes', async () => {
    const { passes, submit } = bench();
    const begin = function* (): Task<unknown> {
      yield { kind: 'block' as const, lanes: [laneOf(1, 1)] };
      throw new Error('its own fault');
    };
    const [first, second] = await Promise.all([codeOf(submit(1, 1, { begin })), codeOf(submit(2, 2))]);
    expect([first, second]).toEqual(['Error: its own fault', 'answered']);
    expect(passes).toEqual([[1, 2], [2]]);
  });

  it('with the pass that went wrong, costs the others a pass of their own', async () => {
    const { faulty, passes, submit, undone } = bench();
    faulty.add(2);
    const ends = await Promise.all([1, 2, 3].map((mark) => codeOf(submit(mark))));
    expect(ends).toEqual(['answered', 'Error: a pass went wrong', 'answered']);
    expect(passes).toEqual([[1, 2, 3], [1], [2], [3]]);
    expect(undone).toEqual([[1, 2, 3], [2]]);
  });
});

it('ends with the running pass: those that are done by it are answered, all others refused', async () => {
  const { during, passes, scheduler, submit } = bench({ maxLanes: 2 });
  const error = new EngineError('disposed', 'over');
  let end: Promise<void> | undefined;
  let late: Promise<string> | undefined;
  let opened: Promise<string> | undefined;
  during.push(() => {
    opened = codeOf(scheduler.between('session 9', () => undefined));
    end = scheduler.end(error);
    late = codeOf(submit(4));
  });
  const ends = await Promise.all([codeOf(submit(1)), codeOf(submit(2, 2)), codeOf(submit(3))]);
  expect(ends).toEqual(['answered', 'disposed: over', 'disposed: over']);
  await end;
  expect([await late, await opened]).toEqual(['disposed: over', 'disposed: over']);
  expect(passes).toEqual([[1, 2]]);
});

describe('company', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('is waited for a moment by those who were answered with it, and no longer if it stays away', async () => {
    const { during, passes, submit } = bench();
    /** Long enough for everything to happen that does not wait for the clock. */
    const turns = async () => {
      for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    };
    for (let pass = 0; pass < 10; pass++) during.push(() => vi.advanceTimersByTime(40));
    /** Each two milliseconds after the one before. */
    const lap = async (marks: readonly number[]) => {
      const answers: Promise<unknown>[] = [];
      for (const mark of marks) {
        if (answers.length > 0) vi.advanceTimersByTime(2);
        answers.push(submit(mark));
        await turns();
      }
      return answers;
    };
    await Promise.all([submit(1), submit(2)]);
    // Nothing is known of them yet.
    await Promise.all(await lap([1, 2]));
    expect(passes).toEqual([[1, 2], [1], [2]]);
    for (let i = 0; i < 3; i++) await Promise.all(await lap([1, 2]));
    expect(passes.slice(3)).toEqual([
      [1, 2],
      [1, 2],
      [1, 2],
    ]);
    const [alone] = await lap([1]);
    expect(passes).toHaveLength(6);
    vi.advanceTimersByTime(4);
    await alone;
    expect(passes.at(-1)).toEqual([1]);
  });
});

it('goes on after calls of a lone session that want no pass at all', async () => {
  const { passes, submit } = bench({ several: false });
  for (let call = 0; call < 3; call++) expect(await submit(1, 0)).toEqual([]);
  expect(await submit(1, 2)).toHaveLength(2);
  expect(passes).toEqual([[1], [1]]);
});
