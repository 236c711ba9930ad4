// One disc served: examined, prepared, offered as an NBD export, watched, and let go of again. Everything that belongs
// to the machine is passed in, so that tests and the demo run the whole engine with an emulated drive.
import { diagnose } from '../diagnostics/catalogue.ts'
import { type Clock, systemClock } from '../mmc/clock.ts'
import type { NbdServer } from '../nbd/server.ts'
import { asBlockError, type BlockError } from '../packet/error.ts'
import type { GuardedTransport } from '../packet/guard.ts'
import type { EngineStatus } from '../packet/status.ts'
import { defaults } from '../settings/defaults.ts'
import { limited } from '../system/journal.ts'
import { type Doors, nbdSocketIn, socketDoors } from './doors.ts'
import { guardedDrive } from './guarded-drive.ts'
import { identify, type ReadyDisc, StartError } from './identify.ts'
import { realDisk } from './journal-disk.ts'
import { keptAnswer } from './kept-answer.ts'
import { tellOfLoss, tellOfProtection } from './left-behind.ts'
import { type Prepared, prepareForWriting } from './prepare.ts'
import { answer } from './requests.ts'
import { ServedDisc } from './served-disc.ts'
import type { Session, SessionEnd, SessionOptions } from './session-options.ts'
import type { Sockets } from './sockets.ts'

/**
 * Takes up the disc that is in the drive and serves it on `runtimeDir`/nbd.sock; that socket appears last, when
 * everything works. Rejects with StartError, DriveError, TransportError, BlockError (the drive fails while a journal is looked at
 * or written) or the system's error when the disc cannot be served, having undone what was done. The transport is closed in the end in any case.
 */
export async function startSession(options: SessionOptions): Promise<Session> {
  const { drive, transport } = options
  const clock = options.clock ?? systemClock
  try {
    const diskseq = options.diskseq()
    if (diskseq === undefined) throw new StartError(diagnose('engine.no-drive', { device: drive }))
    const disc = await identify(drive, transport, clock)
    return await RunningSession.start(options, clock, diskseq, disc)
  } catch (error) {
    await transport.close().catch(() => undefined)
    throw error
  }
}

export type { Session }

class RunningSession implements Session {
  readonly nbdSocket: string
  readonly ended: Promise<SessionEnd>
  readonly #options: SessionOptions
  readonly #clock: Clock
  readonly #diskseq: string
  readonly #disc: ReadyDisc
  readonly #startedAt = Date.now()
  readonly #guarded: GuardedTransport
  readonly #forgetEvents: () => Promise<void>
  readonly #report: (what: string, failure: BlockError) => void
  readonly #prepared: Promise<Prepared>
  readonly #doors: Doors
  #state: EngineStatus['state'] = 'serving'
  #speed: number | undefined
  #lostBecause: string | undefined
  #protection: BlockError | undefined
  #served: ServedDisc | undefined
  #server: NbdServer | undefined
  #sockets: Sockets | undefined
  #released: Promise<SessionEnd> | undefined
  #closed: Promise<void> | undefined
  #settle: (end: SessionEnd) => void = () => undefined

  static async start(...of: ConstructorParameters<typeof RunningSession>): Promise<Session> {
    const session = new RunningSession(...of)
    try {
      await session.#open()
    } catch (error) {
      await session.#server?.close()
      await session.#sockets?.close()
      await session.#served?.close(false)
      await (await session.#prepared).undo()
      const why = session.#lostBecause
      // Whatever found out first, and with whichever words.
      throw why === undefined ? error : new StartError(diagnose('engine.disc-lost', { why }))
    }
    return session
  }

  constructor(options: SessionOptions, clock: Clock, diskseq: string, disc: ReadyDisc) {
    this.#options = options
    this.#clock = clock
    this.#diskseq = diskseq
    this.#disc = disc
    this.nbdSocket = nbdSocketIn(options.runtimeDir)
    this.#doors =
      options.doors ??
      socketDoors(options.runtimeDir, (text) => options.log.warning(`${options.drive}: ${text}`))
    this.ended = new Promise((resolve) => {
      this.#settle = resolve
    })
    const { guarded, forgetEvents } = guardedDrive({
      ...options,
      clock,
      diskseq,
      read: options.diskseq,
      isStill: async (read) => (await this.#served?.isStill(read)) ?? 'unknown',
      onLost: (why) => this.#lost(why),
    })
    this.#guarded = guarded
    this.#forgetEvents = forgetEvents
    const policy = { mediumChange: 'retry', deferred: 'retry', clock } as const
    const { write = defaults.write } = options
    this.#prepared = prepareForWriting(this.#guarded, disc.medium, disc.facts, options.log, policy, {
      speed: write.speed[disc.medium],
      blocks: disc.blocks,
    })
    void this.#prepared.then(({ speed }) => {
      this.#speed = speed
    })
    const report = limited(
      (text) => options.log.warning(`${options.drive}: ${text}`),
      () => clock.now(),
    )
    this.#report = (what, failure) => {
      // One line tells that the disc went; the requests that fail for it are no news.
      if (this.#lostBecause === undefined) report(`${what} failed: ${failure.message}`)
    }
  }

  status(): EngineStatus {
    const served = this.#theDisc
    const { losses, badBlocks, wear } = served.history
    return {
      drive: this.#options.drive,
      state: this.#state,
      medium: this.#disc.medium,
      diskseq: this.#diskseq,
      packetBlocks: this.#disc.packetBlocks,
      blocks: this.#disc.blocks,
      ...(this.#speed === undefined ? {} : { speed: this.#speed }),
      attached: this.#server?.attached ?? false,
      startedAt: this.#startedAt,
      flush: served.flush,
      journalBytes: served.journalBytes,
      badBlocks,
      ...(losses.length === 0 ? {} : { losses }),
      ...(served.journalLost === undefined ? {} : { journalLost: served.journalLost }),
      ...(wear === undefined ? {} : { wear }),
      stats: served.engine.stats(),
    }
  }

  /** There once the session has been started, and before that nobody can ask. */
  get #theDisc(): ServedDisc {
    if (this.#served === undefined) throw new Error('the session has not been started')
    return this.#served
  }

  async stop(why: string): Promise<SessionEnd> {
    const end = await this.#release(why)
    this.#closed ??= this.#close(end)
    await this.#closed
    return end
  }

  async #open(): Promise<void> {
    const { log, drive, unanswered } = this.#options
    await this.#prepared
    await this.#forgetEvents()
    const served = await this.#takeUp()
    const answerer = {
      status: () => this.status(),
      flush: () => served.engine.flushToMedium(),
      stop: async () => {
        const end = await this.#release('asked to stop')
        // The answer goes out first.
        setImmediate(() => void this.stop(end.why))
        return end.exitCode === 0 ? undefined : end.why
      },
    }
    this.#sockets = await this.#doors.openControl(
      (line) => answer(line, answerer),
      keptAnswer({
        now: () => this.#clock.now(),
        make: () => this.status(),
        urgent: () => `${this.#state} ${this.#server?.attached} ${served.urgent}`,
      }),
    )
    this.#server = await this.#doors.openDisc(unanswered?.export(served.export) ?? served.export)
    if (this.#lostBecause !== undefined) throw new Error(this.#lostBecause)
    const { medium, blocks, packetBlocks } = this.#disc
    log.info(`${drive}: ${medium}, ${blocks} blocks in packets of ${packetBlocks}, on ${this.nbdSocket}`)
    served.keepWritingBack()
    void this.#keepWatch()
  }

  async #takeUp(): Promise<ServedDisc> {
    const {
      write = defaults.write,
      boot = '',
      journalDisk = realDisk,
      diskseqOf,
      attached,
      ...options
    } = this.#options
    const { drive, journalDir, formerJournalDir, recordDir, log } = options
    this.#served = await ServedDisc.open({
      drive,
      transport: this.#guarded,
      clock: this.#clock,
      diskseq: this.#diskseq,
      ...(diskseqOf === undefined ? {} : { diskseqOf }),
      ...(attached === undefined ? {} : { attached }),
      disc: this.#disc,
      write,
      disk: journalDisk,
      journalDir,
      formerJournalDir,
      recordDir,
      boot,
      log,
      prepareAgain: async () => (await this.#prepared).again(),
      onProtected: (failure) => this.#protect(failure),
      onFailure: this.#report,
    }).catch((error: unknown) => {
      if (this.#protection === undefined) throw error
      throw new StartError(diagnose('media.write-protected', { device: drive }))
    })
    return this.#served
  }

  async #keepWatch(): Promise<void> {
    for (;;) {
      await this.#doors.showDirty(!this.#theDisc.engine.isClean)
      await this.#clock.sleep(this.#options.watchMs ?? 1_000)
      if (this.#released !== undefined) return
      void this.#theDisc.history.recordLosses()
      this.#guarded.look()
      // Also when a request found out first.
      const over = this.#lostBecause ?? this.#protection?.message
      if (over !== undefined) {
        await this.stop(over)
        return
      }
    }
  }

  #lost(why: string): void {
    this.#lostBecause = why
    this.#state = 'gone'
    void this.#served?.engine.abandon(why)
  }

  /** The disc is write-protected, which showed only now. Reads are answered until the session has ended. */
  #protect(failure: BlockError): void {
    if (this.#protection !== undefined) return
    this.#protection = failure
    if (this.#state === 'serving') this.#state = 'protected'
    const { message, remedy } = diagnose('media.write-protected')
    this.#options.log.error(`${this.#options.drive}: ${failure.message}. ${message} ${remedy}`)
    this.#served?.engine.refuseWrites(message)
  }

  /** Lets go of disc and drive; the control socket still answers. Once. */
  #release(why: string): Promise<SessionEnd> {
    this.#released ??= (async (): Promise<SessionEnd> => {
      const { drive, log } = this.#options
      if (this.#state === 'serving') this.#state = 'stopping'
      await this.#server?.close()
      const served = this.#theDisc
      const failed = await served.engine.flushToMedium().then(() => undefined, asBlockError)
      if (this.#lostBecause !== undefined) return this.#afterLoss(this.#lostBecause)
      // What was given up is not on the disc, and nobody can bring it there: nothing is left to be kept for it.
      await served.close(failed === undefined || served.engine.isClean)
      if (failed !== undefined && this.#protection === undefined)
        log.error(`${drive}: the last writes may not be on the disc: ${failed.message}`)
      else if (failed !== undefined) tellOfProtection(this.#options, served.engine.stats().dirty)
      await (await this.#prepared).undo()
      if (served.engine.isClean) await this.#doors.showDirty(false)
      if (failed !== undefined) return { exitCode: 1, why: failed.message }
      log.info(`${drive}: everything is on the disc (${why})`)
      return { exitCode: 0, why }
    })()
    return this.#released
  }

  /** Nothing can be done for that disc any more, and the next one is not touched: udev has its door. */
  async #afterLoss(why: string): Promise<SessionEnd> {
    const { drive, log } = this.#options
    const served = this.#theDisc
    const { dirty } = served.engine.stats()
    await served.close(dirty === 0)
    tellOfLoss(this.#options, dirty)
    log.info(`${drive}: ${why}; nothing more is written`)
    return { exitCode: 0, why }
  }

  async #close(end: SessionEnd): Promise<void> {
    await this.#sockets?.close()
    await this.#options.transport.close().catch(() => undefined)
    this.#settle(end)
  }
}
