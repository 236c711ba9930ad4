// A drive that hangs until the kernel resets it: what it hung on is asked once more, and only then is an error. Time is virtual.
import { describe, expect, onTestFinished, test } from 'vitest'
import { FaultyHost } from './faulty-host.ts'

const disc = { kind: 'cd-rw', blocks: 640 } as const
const opcodes = { read: 0x28, write: 0x2a, synchronize: 0x35 }
const minute = 60_000

async function started(): Promise<FaultyHost> {
  const host = new FaultyHost(disc)
  onTestFinished(async () => {
    host.drive.faults.clear()
    if (host.session !== undefined) await host.stop().catch(() => undefined)
    host.remove()
  })
  await host.start()
  return host
}

/** ms of the clock that it takes. */
async function timed(host: FaultyHost, job: () => Promise<unknown>): Promise<number> {
  const from = host.clock.now()
  await job()
  return host.clock.now() - from
}

describe('a READ', () => {
  test('once: the data comes after the reset', async () => {
    const host = await started()
    host.drive.faults.failCommand(opcodes.read, 'hang')
    const took = await timed(host, async () => expect(await host.read(512, 32)).toBe(0))
    expect(took).toBeGreaterThan(minute)
    expect(took).toBeLessThan(2 * minute)
  })

  test('for good: an error within minutes, for every request; then it goes on', async () => {
    const host = await started()
    host.drive.faults.failCommand(opcodes.read, 'hang', Number.POSITIVE_INFINITY)
    expect(await timed(host, async () => expect(await host.read(512, 8)).toBe(5))).toBeLessThan(4 * minute)
    // No longer than one time-out: it was of no use to ask twice.
    expect(await timed(host, async () => expect(await host.read(576, 8)).toBe(5))).toBeLessThan(1.5 * minute)
    host.drive.faults.clear()
    expect(await host.read(512, 8)).toBe(0)
    host.drive.faults.failCommand(opcodes.read, 'hang')
    expect(await host.read(576, 8)).toBe(0)
  })
})

test('a WRITE that hangs is written after the reset: the flush waits, and does not fail', async () => {
  const host = await started()
  expect(await host.write(64, 96)).toBe(0)
  host.drive.faults.failCommand(opcodes.write, 'hang')
  expect(await host.flushToMedium()).toBe(true)
  host.powerCycle()
  await host.ends()
  host.check()
})
