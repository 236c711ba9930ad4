import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  define: { PKTW_VERSION: JSON.stringify('0.0.0-test') },
  test: {
    include: ['test/**/*.test.ts'],
    // Forks, not threads: the tests start hundreds of programs, and a fork costs less the smaller the process is.
    pool: 'forks',
    // The engine's tests make and drop discs by the thousand: with room for them to die young, collecting takes half as long.
    execArgv: ['--max-semi-space-size=64'],
    // Modules are loaded once a worker. What a helper has to clean up it hands to the test or to the global setup.
    isolate: false,
    // One more than there are cores: part of the time the tests wait, for timers, the disk and programs.
    maxWorkers: availableParallelism() + 1,
    globalSetup: 'test/global-setup.ts',
    // Only what hangs may fail by time: a small or busy machine takes ten times as long as ours.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    teardownTimeout: 300_000,
    expect: { poll: { timeout: 60_000 } },
    reporters: ['default'],
  },
})
