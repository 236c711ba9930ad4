// Who else has the drive. The opens are told here: no test machine can be sure of a drive.
import { expect, test } from 'vitest'
import { Stop } from '../../src/diagnostics/stop.ts'
import { claimDrive } from '../../src/system/claim-drive.ts'
import { StillClock } from '../packet/scripted.ts'

const failing = (code: string) => async () => {
  throw Object.assign(new Error(`${code}: open`), { code })
}
const refusal = async (open: (device: string) => Promise<number>, clock = new StillClock()) => {
  const error = await claimDrive('sr0', open, clock).catch((e: unknown) => e)
  if (!(error instanceof Stop)) throw new Error(`not stopped: ${String(error)}`)
  const [diagnostic] = error.diagnostics
  return diagnostic ?? { code: '', message: '' }
}

test('a probe that has the drive for a moment is waited for', async () => {
  const clock = new StillClock()
  let tries = 0
  const release = await claimDrive(
    'sr0',
    async (device) => {
      expect(device).toBe('/dev/sr0')
      if (++tries < 5) return failing('EBUSY')()
      return 0x7fff_ffff
    },
    clock,
  )
  expect(tries).toBe(5)
  expect(clock.time).toBeGreaterThanOrEqual(1000)
  // A descriptor that nobody has: giving it back fails, which is nobody's trouble.
  release()
})

test('somebody who keeps it is no reason to wait for ever', async () => {
  const clock = new StillClock()
  const { code, message } = await refusal(failing('EBUSY'), clock)
  expect(code).toBe('engine.drive-held')
  expect(message).toBe('Something else has /dev/sr0: a burning program, or a mount.')
  expect(clock.time).toBeLessThan(15_000)
})

test.each(['EACCES', 'ENXIO', 'ENOMEDIUM', 'ETIMEDOUT'])('%s is told at once', async (why) => {
  const clock = new StillClock()
  const { code, message } = await refusal(failing(why), clock)
  expect(code).toBe('engine.drive-open')
  expect(message).toContain(why)
  expect(clock.time).toBe(0)
})
