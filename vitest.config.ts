import { defineConfig } from 'vitest/config';

const seconds = 1000;

/**
 * The tests of one tier, in every package: `x.unit.test.ts` belongs to tier `unit`. Select a tier with
 * `--project unit`, a package with its path: `npx vitest run --project unit libs/models`.
 */
function tier(name: string, order: number, timeout: number, alone: boolean) {
  return {
    test: {
      name,
      include: [`{apps,libs,tools}/*/**/*.${name}.test.ts`],
      exclude: ['**/node_modules/**', '**/dist/**', 'tools/verify/fixtures/**'],
      testTimeout: timeout,
      hookTimeout: timeout,
      // Tiers run one after the other. Tests that start engines and servers share the machine with nothing else.
      sequence: { groupOrder: order },
      fileParallelism: !alone,
      ...(alone ? { maxWorkers: 1 } : {}),
    },
  };
}

export default defineConfig({
  test: {
    projects: [
      tier('unit', 0, 60 * seconds, false),
      tier('paper', 1, 60 * seconds, false),
      tier('int', 2, 120 * seconds, true),
      tier('e2e', 3, 300 * seconds, true),
    ],
  },
});
