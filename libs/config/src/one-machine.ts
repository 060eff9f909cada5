/** The environment in which the services of a stack on one machine run best. */

/**
 * Variables for the services of a stack that shares one machine and mostly serves one generation at a time; what
 * `environment` sets already, stays.
 *
 * - Passes run in the thread that serves calls: two wake-ups less in each round and replica.
 * - The C library backs large allocations with huge pages where the kernel lets it (glibc, Linux): a pass that streams
 *   the weights of one model after those of another otherwise spends about a tenth of its time on page tables.
 */
export function oneMachineEnvironment(environment: Variables): Variables {
  return {
    ...environment,
    OUTRIDER_ENGINE_THREAD: environment['OUTRIDER_ENGINE_THREAD'] ?? 'caller',
    GLIBC_TUNABLES: ['glibc.malloc.hugetlb=1', environment['GLIBC_TUNABLES']].filter(Boolean).join(':'),
  };
}

type Variables = Readonly<Record<string, string | undefined>>;
