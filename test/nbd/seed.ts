// Random tests that can be run again.
import { expect } from 'vitest'

/** Settings for fc.assert. Prints the seed; PKTW_FUZZ_SEED gives one, PKTW_FUZZ_RUNS multiplies the number of runs. */
export function fuzz(runs: number): { numRuns: number; seed: number } {
  const seed = Number(process.env.PKTW_FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31))
  console.log(`${expect.getState().currentTestName}: again with PKTW_FUZZ_SEED=${seed}`)
  return { numRuns: runs * Number(process.env.PKTW_FUZZ_RUNS ?? 1), seed }
}
