import { defineConfig } from 'vitest/config';

// Days must not depend on where the reader sits: the tests run far from UTC.
process.env.TZ = 'America/Los_Angeles';

export default defineConfig({
  test: { environment: 'happy-dom', include: ['tests/unit/**/*.test.ts'] },
});
