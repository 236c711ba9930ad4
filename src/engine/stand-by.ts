// A disc that the kernel writes by itself: from the drive (direct), or through pktcdvd. What is left to do: say what is there, tell of
// the button, empty the drive's cache when asked, and end when the disc goes. The transport is never written through.
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { diagnose } from '../diagnostics/catalogue.ts'
import { type Clock, systemClock } from '../mmc/clock.ts'
import { lockDoor, synchronizeCache } from '../mmc/commands.ts'
import { type Transport, TransportError } from '../mmc/transport.ts'
import { AttentiveTransport } from '../packet/attention.ts'
import { GuardedTransport } from '../packet/guard.ts'
import type { StandByStatus } from '../packet/status.ts'
import { type Log, limited } from '../system/journal.ts'
import { StartError } from './identify.ts'
import { MediaEvents } from './media-events.ts'
import { answer } from './requests.ts'
import { openSockets, type Sockets } from './sockets.ts'
import { type ReadDiskseq, watchDisc } from './watch.ts'

/** Written anew at each press; pktw-button@.path watches it, and starts pktw-eject@.service. */
const buttonFile = 'button'

export interface StandByOptions {
  /** Kernel name: `sr0`. */
  drive: string
  backend: StandByStatus['backend']
  medium?: StandByStatus['medium']
  transport: Transport
  /** Directory for the sockets; must exist. */
  runtimeDir: string
  diskseq: ReadDiskseq
  /** Has the kernel look whether the disc is still there; it does not by itself while the drive is open for writing. */
  look: () => Promise<void>
  log: Log
  clock?: Clock
  /** ms between two looks at DISKSEQ and the button; default 1000. */
  watchMs?: number
  /** ms for the kernel to confirm a change of medium that the drive announced; default 5000. */
  noticeMs?: number
}

export interface StandBy {
  status(): StandByStatus
  /** Empties the drive's cache, closes the sockets. Every call gets the same end. */
  stop(why: string): Promise<StandByEnd>
  /** Settles when it has ended, by `stop` or because the disc went. Never rejects. */
  readonly ended: Promise<StandByEnd>
}

interface StandByEnd {
  /** 1: what the drive has in its cache may not be on the disc. */
  exitCode: 0 | 1
  why: string
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/**
 * Stands by for the disc that is in the drive; control.sock and status.sock in `runtimeDir` appear when all works. Rejects with
 * StartError or the system's error. The transport is closed in the end in any case.
 */
export async function startStandBy(options: StandByOptions): Promise<StandBy> {
  try {
    const diskseq = options.diskseq()
    if (diskseq === undefined) throw new StartError(diagnose('engine.no-drive', { device: options.drive }))
    const standBy = new RunningStandBy(options, diskseq)
    await standBy.open()
    return standBy
  } catch (error) {
    await options.transport.close().catch(() => undefined)
    throw error
  }
}

class RunningStandBy implements StandBy {
  readonly ended: Promise<StandByEnd>
  readonly #options: StandByOptions
  readonly #clock: Clock
  readonly #diskseq: string
  readonly #startedAt = Date.now()
  readonly #guarded: GuardedTransport
  readonly #events: MediaEvents
  readonly #report: (text: string) => void
  #lostBecause: string | undefined
  /** What the kernel wrote may be lost: told to the next flush, since nobody has it to write it again. */
  #owed: Error | undefined
  #sockets: Sockets | undefined
  #stopped: Promise<StandByEnd> | undefined
  #settle: (end: StandByEnd) => void = () => undefined

  constructor(options: StandByOptions, diskseq: string) {
    this.#options = options
    this.#diskseq = diskseq
    this.#clock = options.clock ?? systemClock
    this.ended = new Promise((resolve) => {
      this.#settle = resolve
    })
    const watch = watchDisc({
      drive: options.drive,
      diskseq,
      read: options.diskseq,
      clock: this.#clock,
      look: options.look,
      noticeMs: options.noticeMs,
      // Nothing of ours goes to the disc, so what the kernel finds is enough; and an event may be the button, which must not get lost here.
      contents: async () => 'same',
      events: async () => 'unknown',
    })
    const attentive = new AttentiveTransport(options.transport)
    attentive.listen((news, error) => {
      if (news !== 'parameters') this.#owed = error
    })
    this.#guarded = new GuardedTransport(attentive, watch, (why) => {
      this.#lostBecause = why
    })
    this.#events = new MediaEvents(this.#guarded, { patienceMs: 0, clock: this.#clock })
    this.#report = limited(
      (text) => options.log.warning(`${options.drive}: ${text}`),
      () => this.#clock.now(),
    )
  }

  status(): StandByStatus {
    const { drive, backend, medium } = this.#options
    const state =
      this.#lostBecause !== undefined ? 'gone' : this.#stopped !== undefined ? 'stopping' : 'serving'
    return {
      drive,
      state,
      backend,
      ...(medium === undefined ? {} : { medium }),
      diskseq: this.#diskseq,
      startedAt: this.#startedAt,
    }
  }

  async open(): Promise<void> {
    const { runtimeDir, drive, backend, log } = this.#options
    await this.#lock()
    // What was told until now is about the time before the disc was mounted.
    this.#owed = undefined
    if (backend === 'direct') await this.#askForEvents()
    const answerer = {
      status: () => this.status(),
      flush: () => this.#synchronize(),
      stop: async () => {
        const end = this.stop('asked to stop')
        return (await end).exitCode === 0 ? undefined : (await end).why
      },
    }
    this.#sockets = await openSockets(
      path.join(runtimeDir, 'control.sock'),
      path.join(runtimeDir, 'status.sock'),
      (line) => answer(line, answerer),
      () => this.status(),
    )
    log.info(`${drive}: ${backend === 'direct' ? 'the kernel writes it as it is' : 'pktcdvd writes it'}`)
    void this.#keepWatch()
  }

  stop(why: string): Promise<StandByEnd> {
    this.#stopped ??= this.#end(why)
    return this.#stopped
  }

  async #keepWatch(): Promise<void> {
    while (this.#stopped === undefined && this.#lostBecause === undefined) {
      await this.#clock.sleep(this.#options.watchMs ?? 1_000)
      if (this.#stopped !== undefined) return
      this.#guarded.look()
      if (this.#lostBecause !== undefined) break
      if (this.#options.backend === 'direct') await this.#askForEvents()
      // pktcdvd leaves the door open when its device is closed, and the button would open the tray under a mount.
      else await this.#lock()
    }
    if (this.#lostBecause !== undefined) await this.stop(this.#lostBecause)
  }

  /** A drive that is busy or hangs is asked again; nothing here ends because of it. */
  async #attempt(what: string, job: () => Promise<void>): Promise<void> {
    try {
      await job()
    } catch (error) {
      if (this.#lostBecause === undefined) this.#report(`${what}: ${textOf(error)}`)
    }
  }

  #lock(): Promise<void> {
    return this.#attempt('the door is not locked', () =>
      lockDoor(this.#guarded, { patienceMs: 0, clock: this.#clock }),
    )
  }

  #askForEvents(): Promise<void> {
    const { drive, log, runtimeDir, look } = this.#options
    const had = this.#events.unsupported
    return this.#attempt('the button cannot be asked for', async () => {
      const event = await this.#events.next()
      if (!had && this.#events.unsupported)
        log.warning(
          `${drive} tells nobody of its button: while the disc is mounted use \`pktw eject ${drive}\``,
        )
      if (event === 'button') await writeFile(path.join(runtimeDir, buttonFile), `${this.#clock.now()}\n`)
      if (event === 'disc gone') {
        this.#lostBecause = `the disc was taken out of ${drive}`
        await look()
      }
    })
  }

  /** The kernel's sr drops flushes (it calls itself write-through), so only this empties the drive's cache. */
  async #synchronize(): Promise<void> {
    if (this.#lostBecause !== undefined) throw new TransportError('gone', this.#lostBecause)
    await synchronizeCache(this.#guarded, { mediumChange: 'retry', deferred: 'retry', clock: this.#clock })
    const owed = this.#owed
    this.#owed = undefined
    if (owed !== undefined) throw owed
  }

  async #end(why: string): Promise<StandByEnd> {
    const { drive, log, transport } = this.#options
    const failed = await this.#synchronize().then(() => undefined, textOf)
    const end: StandByEnd =
      this.#lostBecause !== undefined
        ? { exitCode: 0, why: this.#lostBecause }
        : failed !== undefined
          ? { exitCode: 1, why: failed }
          : { exitCode: 0, why }
    if (end.exitCode === 1) log.error(`${drive}: the last writes may not be on the disc: ${end.why}`)
    else log.info(`${drive}: ${end.why}`)
    // The answer to whoever asked for it goes out first.
    setImmediate(() => {
      void (async () => {
        await this.#sockets?.close()
        await transport.close().catch(() => undefined)
        this.#settle(end)
      })()
    })
    return end
  }
}
