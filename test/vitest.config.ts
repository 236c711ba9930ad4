import { defineConfig } from 'vitest/config'

export default defineConfig({
  define: { PKTW_VERSION: JSON.stringify('0.0.0-test') },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/bundle.ts',
    testTimeout: 30_000,
    reporters: ['default'],
  },
})
