import { defineConfig } from 'vitest/config';

// These tests drive a real browser against a real server, one after the other.
export default defineConfig({
  test: {
    environment: 'node',
    include: ['tests/browser/**/*.test.ts'],
    fileParallelism: false,
    // A machine that is shared can keep a browser waiting; what fails twice is broken.
    retry: process.env.CI ? 1 : 0,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
