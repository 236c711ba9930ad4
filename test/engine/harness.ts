// The whole engine in process: an emulated drive, a directory of sockets, a DISKSEQ that the test counts up.

import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import { type Session, startSession } from '../../src/engine/session.ts'
import type { SessionOptions } from '../../src/engine/session-options.ts'
import { Disc, type DiscOptions, Drive, type DriveOptions } from '../drive/index.ts'
import { RawClient, socketDir } from '../nbd/memory.ts'

/** Drive models that write each medium, and discs of a few megabytes. */
export const media = [
  { profile: 'cdrw-only', disc: { kind: 'cd-rw', blocks: 4096, dataMode: 1 } },
  { profile: 'supermulti', disc: { kind: 'cd-rw', blocks: 4096, dataMode: 2 } },
  { profile: 'dvdrw', disc: { kind: 'dvd-rw', blocks: 4096 } },
  { profile: 'dvdrw', disc: { kind: 'dvd+rw', blocks: 4096 } },
  { profile: 'supermulti', disc: { kind: 'dvd-ram', blocks: 4096 } },
  { profile: 'bd', disc: { kind: 'bd-re', blocks: 4096 } },
] as const satisfies { profile: string; disc: DiscOptions }[]

export interface Engine {
  drive: Drive
  disc: Disc
  session: Session
  dir: string
  log: string[]
  /** DISKSEQ, as the kernel counts it; undefined: the drive is not there. */
  kernel: { diskseq: string | undefined }
  /** An NBD client through the handshake. */
  attach(): Promise<RawClient>
}

/** Everything ready to start, and a function that starts it; all is cleaned up after the test. */
export function stage(
  discOptions: DiscOptions,
  driveOptions: DriveOptions = {},
  options: Partial<SessionOptions> = {},
): Omit<Engine, 'session' | 'attach'> & { start(): Promise<Engine> } {
  const drive = new Drive(driveOptions)
  const disc = new Disc(discOptions)
  drive.insert(disc)
  const { dir, remove } = socketDir()
  const cleanups: (() => unknown)[] = [remove]
  onTestFinished(async () => {
    for (const cleanup of cleanups.reverse()) await cleanup()
  })
  const log: string[] = []
  const kernel: Engine['kernel'] = { diskseq: '7' }
  const at = (level: string) => (text: string) => log.push(`${level}: ${text}`)
  const parts = { drive, disc, dir, log, kernel }
  return {
    ...parts,
    async start() {
      const session = await startSession({
        drive: 'sr0',
        transport: drive.transport(),
        runtimeDir: dir,
        diskseq: () => kernel.diskseq,
        log: { error: at('error'), warning: at('warning'), info: at('info') },
        watchMs: 20,
        noticeMs: 100,
        ...options,
      })
      cleanups.push(() => session.stop('end of the test'))
      return {
        ...parts,
        session,
        async attach() {
          for (let attempt = 1; ; attempt++) {
            const client = new RawClient(session.nbdSocket)
            cleanups.push(() => client.close())
            const last = (await client.go()).at(-1)
            if (last?.type === 1) return client
            const why = last?.data.toString()
            // The engine may not have noticed yet that the one before has hung up.
            if (attempt === 100 || why !== 'another client has the disc')
              throw new Error(`not attached: ${why}`)
            await client.close()
            await sleep(10)
          }
        },
      }
    },
  }
}

/** Sends to a socket and gives everything that comes back until it closes, or the first line. */
export function ask(path: string, text?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(path)
    let got = ''
    socket.on('error', reject)
    socket.on('data', (data) => {
      got += data.toString('utf8')
      if (text !== undefined && got.includes('\n')) socket.destroy()
    })
    socket.on('close', () => resolve(got))
    if (text !== undefined) socket.write(text)
  })
}

/** Asks control.sock one thing. */
export const control = async (engine: { dir: string }, request: object): Promise<Record<string, unknown>> =>
  JSON.parse(await ask(`${engine.dir}/control.sock`, `${JSON.stringify(request)}\n`))

/** Addresses and lengths of all WRITE (10)s in the drive's log. */
export const writesOf = (drive: Drive): { lba: number; blocks: number }[] =>
  drive.counters.log
    .filter((entry) => entry.opcode === 0x2a)
    .map(({ cdb }) => {
      const bytes = Buffer.from(cdb, 'hex')
      return { lba: bytes.readUInt32BE(2), blocks: bytes.readUInt16BE(7) }
    })
