// The emulator's own fault: while Linux patches its code in the first seconds of a boot, a QEMU that translates it (TCG) runs an
// instruction half old and half new about once in thirty boots, and the kernel panics before anything of ours is started.
import { open, stat } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'

/** s of the guest's clock: no program runs before that. */
const early = 5

/** What of a console is such a panic; undefined: nothing, or a panic of a system that was up, which is nobody's but ours. */
export function earlyPanic(console: string): string | undefined {
  const [line, seconds] = /^\[ *(\d+\.\d+)\] Kernel panic - .*/m.exec(console) ?? []
  return seconds !== undefined && Number(seconds) < early ? line : undefined
}

/** Bytes of the console so far. */
export const consoleEnd = async (log: string): Promise<number> =>
  (await stat(log).catch(() => ({ size: 0 }))).size

async function since(log: string, from: number): Promise<string> {
  const handle = await open(log, 'r')
  try {
    const { size } = await handle.stat()
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(Math.max(0, size - from)), 0, null, from)
    return buffer.toString('latin1', 0, bytesRead)
  } finally {
    await handle.close()
  }
}

/** Until `signal`: has the machine boot again when it panicked so, and says so. Looks at what the console says from `from` on. */
export async function bootAgainAfterPanic(
  log: string,
  from: number,
  reset: () => Promise<unknown>,
  signal: AbortSignal,
): Promise<void> {
  let at = from
  while (!signal.aborted) {
    const panic = earlyPanic(await since(log, at))
    if (panic !== undefined) {
      process.stderr.write(`the emulator broke the boot (${panic}); once more\n`)
      at = await consoleEnd(log)
      await reset()
    }
    await delay(1000, undefined, { signal }).catch(() => undefined)
  }
}
