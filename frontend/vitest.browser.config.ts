import { defineConfig } from 'vitest/config';

/** Files that measure frames and waits: nothing else may run beside them. */
const measuring = ['live', 'million', 'slow'].map(name => `tests/browser/${name}.test.ts`);

// These tests drive a real browser against a real server, on machines that do other things: what is polled has time.
const shared = {
  environment: 'node',
  testTimeout: 60_000,
  hookTimeout: 60_000,
  expect: { poll: { timeout: 10_000 } },
  // What a busy machine makes late once is asked a second time, which the report says ("retry x1"): it wants mending.
  retry: 1,
} as const;

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...shared,
          name: 'pages',
          include: ['tests/browser/**/*.test.ts'],
          exclude: measuring,
          globalSetup: 'tests/browser/shared-server.ts',
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      { test: { ...shared, name: 'measured', include: measuring, maxWorkers: 1, sequence: { groupOrder: 1 } } },
    ],
  },
});
