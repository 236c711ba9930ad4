// The button over a whole session, with a drive that hangs until the kernel resets it: one press is enough.
import { expect, onTestFinished, test } from 'vitest'
import { flushPersistently } from '../../src/hooks/persistent-flush.ts'
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
  const disc = {
    flush: async () => {
      const ok = await host.flushToMedium()
      flushes.push(ok)
      return ok ? { ok } : { ok, error: 'no answer in time' }
    },
    isThere: async () => host.drive.plugged,
    onFirstFailure: () => undefined,
  }
  const why = await flushPersistently(disc, {
    now: () => clock.now(),
    sleep: async (ms) => void (await clock.until(clock.sleep(ms), ms + 1)),
  })
  return { host, flushes, why }
}

test('the flush that failed is tried again, and the tray opens with everything on the disc', async () => {
  const { host, flushes, why } = await press(3)
  expect(flushes[0]).toBe(false)
  expect(flushes.at(-1)).toBe(true)
  expect(why).toBeUndefined()
  // With the drive's cache empty: nothing is left that a tray could take away.
  host.check()
})

test('a drive that goes on hanging keeps the tray shut', async () => {
  const { flushes, why } = await press(Number.POSITIVE_INFINITY)
  expect(flushes.length).toBeGreaterThan(1)
  expect(flushes).not.toContain(true)
  expect(why).toBe('no answer in time')
})
