import { defineConfig } from 'vitest/config'

export default defineConfig({
  define: { PKTW_VERSION: JSON.stringify('0.0.0-test') },
  test: {
    include: ['test/**/*.test.ts'],
    // Threads start in half the time of processes. No test may need a process's own: chdir, umask, signals.
    pool: 'threads',
    globalSetup: 'test/bundle.ts',
    testTimeout: 30_000,
    reporters: ['default'],
  },
})
