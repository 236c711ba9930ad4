// Keeps other programs from mounting or burning the disc on /dev/srN while we write it through /dev/sgN, where nothing excludes anybody.
import { close, constants, open } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { diagnose } from '../diagnostics/catalogue.ts'
import { Stop } from '../diagnostics/stop.ts'
import { type Clock, systemClock } from '../mmc/clock.ts'
import { parseMountinfo } from './mountinfo.ts'

/** ms for others to let go: a probe of udev or blkid, an unmount that is not through yet. */
const patienceMs = 10_000
/** ms for the open itself, which looks whether there is a new disc and so waits for the drive. */
const openMs = 60_000

// O_NONBLOCK: the kernel must not load, lock or read the disc on our account.
const exclusive = constants.O_EXCL | constants.O_NONBLOCK

/** Claims once. Rejects with what open(2) says, or ETIMEDOUT. */
const openWith = (device: string, flags: number): Promise<number> =>
  new Promise((resolve, reject) => {
    let waiting = true
    const timer = setTimeout(() => {
      waiting = false
      reject(Object.assign(new Error(`no answer within ${openMs / 1000} s`), { code: 'ETIMEDOUT' }))
    }, openMs)
    open(device, flags, (error, fd) => {
      clearTimeout(timer)
      if (!waiting) {
        if (error === null) close(fd, () => undefined)
      } else if (error !== null) reject(error)
      else resolve(fd)
    })
  })

/** For reading: the kernel goes on polling for the eject button, which it would not under an exclusive writer. */
export const openExclusively = (device: string): Promise<number> =>
  openWith(device, constants.O_RDONLY | exclusive)

const mayNotWrite = new Set(['EROFS', 'EACCES', 'EPERM'])

/** So that the kernel does not poll: what it asks would disturb a format. For reading where the kernel lets nobody write the disc. */
export const openForFormatting = (device: string): Promise<number> =>
  openWith(device, constants.O_RDWR | exclusive).catch((error: NodeJS.ErrnoException) => {
    if (mayNotWrite.has(error.code ?? '')) return openExclusively(device)
    throw error
  })

/** Who seems to have the drive, as a phrase. */
async function holderOf(device: string): Promise<string> {
  const mounts = parseMountinfo(await readFile('/proc/self/mountinfo', 'utf8').catch(() => ''))
  const targets = mounts.filter((m) => m.source === device).map((m) => m.target)
  return targets.length > 0 ? `it is mounted at ${targets.join(' and ')}` : 'a burning program, or a mount'
}

/**
 * Claims /dev/`drive` until the function that it gives is called; `open` and `clock` stand for the machine. Rejects with
 * Stop when somebody else has it, or it cannot be opened.
 */
export async function claimDrive(
  drive: string,
  open: (device: string) => Promise<number> = openExclusively,
  clock: Clock = systemClock,
): Promise<() => void> {
  const device = `/dev/${drive}`
  const end = clock.now() + patienceMs
  for (;;) {
    try {
      const fd = await open(device)
      return () => close(fd, () => undefined)
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (code === 'EBUSY') {
        if (clock.now() < end) {
          await clock.sleep(250)
          continue
        }
        throw new Stop([diagnose('engine.drive-held', { device: drive, holder: await holderOf(device) })])
      }
      const why = error instanceof Error ? error.message : String(error)
      throw new Stop([diagnose('engine.drive-open', { device: drive, error: why })])
    }
  }
}
