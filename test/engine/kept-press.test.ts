// The button over a whole session, with a drive that hangs until the kernel resets it: one press is enough.
import { expect, onTestFinished, test } from 'vitest'
import { flushForPress } from '../../src/hooks/kept-press.ts'
import { opcode } from '../../src/mmc/opcodes.ts'
import { FaultyHost } from './faulty-host.ts'

/** A press of the button while `hangs` WRITEs hang, one after the other; what it came to. */
async function press(hangs: number) {
  const host = new FaultyHost({ kind: 'cd-rw', blocks: 640 })
  onTestFinished(async () => {
    host.drive.faults.clear()
    if (host.session !== undefined) await host.stop()
    host.remove()
  })
  await host.start()
  expect(await host.write(96, 128)).toBe(0)
  host.drive.faults.failCommand(opcode.write10, 'hang', hangs)
  const flushes: boolean[] = []
  const { clock } = host
  const outcome = await flushForPress('sr0', {
    flush: async () => {
      const ok = await host.flushToMedium()
      flushes.push(ok)
      return ok ? { ok } : { ok, error: 'no answer in time' }
    },
    discIsThere: async () => host.drive.plugged,
    onFirstFailure: () => undefined,
    clock: {
      now: () => clock.now(),
      sleep: async (ms) => {
        await clock.until(clock.sleep(ms), ms + 1)
      },
    },
  }).then(
    () => 'open',
    () => 'shut',
  )
  return { host, flushes, outcome }
}

test('the flush that failed is tried again, and the tray opens with everything on the disc', async () => {
  const { host, flushes, outcome } = await press(3)
  expect(flushes[0]).toBe(false)
  expect(flushes.at(-1)).toBe(true)
  expect(outcome).toBe('open')
  // With the drive's cache empty: nothing is left that a tray could take away.
  host.check()
})

test('a drive that goes on hanging keeps the tray shut', async () => {
  const { flushes, outcome } = await press(Number.POSITIVE_INFINITY)
  expect(flushes.length).toBeGreaterThan(1)
  expect([flushes.includes(true), outcome]).toEqual([false, 'shut'])
})
