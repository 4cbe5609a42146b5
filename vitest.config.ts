// How the tests run: unit tests start no Postgres; the others share one server, one fresh database per file.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // What is waited for may come late on a busy machine; only a failure waits this long.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 20_000 } },
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['test/unit/**/*.test.ts', 'test/*.test.ts'] },
      },
      {
        extends: true,
        test: {
          name: 'real',
          include: ['test/*/**/*.test.ts'],
          exclude: ['test/unit/**'],
          globalSetup: ['test/support/global-postgres.ts'],
          setupFiles: ['test/support/leak-check.ts'],
        },
      },
    ],
  },
});
