import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  define: { PKTW_VERSION: JSON.stringify('0.0.0-test') },
  test: {
    include: ['test/**/*.test.ts'],
    // Threads start in half the time of processes. No test may need a process's own: chdir, umask, signals.
    pool: 'threads',
    // Modules are loaded once a thread. What a helper has to clean up it hands to the test or to the global setup.
    isolate: false,
    // Not one alone where there are two cores: half of the time goes into programs that the tests wait for.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    globalSetup: 'test/global-setup.ts',
    testTimeout: 30_000,
    reporters: ['default'],
  },
})
