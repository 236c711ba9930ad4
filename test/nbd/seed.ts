// Random tests that can be run again.
import { expect } from 'vitest'

/**
 * Settings for fc.assert. Prints the seed; PKTW_FUZZ_SEED gives one, PKTW_FUZZ_RUNS multiplies the number of runs. `usual`: the seed of a
 * test that is the same every time unless told.
 */
export function fuzz(
  runs: number,
  usual = Math.floor(Math.random() * 2 ** 31),
): { numRuns: number; seed: number } {
  const seed = Number(process.env.PKTW_FUZZ_SEED ?? usual)
  console.log(`${expect.getState().currentTestName}: again with PKTW_FUZZ_SEED=${seed}`)
  return { numRuns: runs * Number(process.env.PKTW_FUZZ_RUNS ?? 1), seed }
}
