// An engine as a process of a machine: the real session, on doors without sockets; it can be killed at any call that it makes.
import type { Doors } from '../../src/engine/doors.ts'
import type { JournalDisk, JournalDiskFile } from '../../src/engine/journal-disk.ts'
import { type Session, startSession } from '../../src/engine/session.ts'
import type { SessionOptions } from '../../src/engine/session-options.ts'
import type { Clock } from '../../src/mmc/clock.ts'
import type { Command, Transport } from '../../src/mmc/transport.ts'
import type { Export } from '../../src/nbd/export.ts'

/** What a process is given besides what its session is given. */
interface ProcessOptions extends Omit<SessionOptions, 'doors'> {
  clock: Clock
  journalDisk: JournalDisk
  /** Each command as it goes to the drive. */
  onCommand: (command: Command) => void
  /** The state directory failed. */
  onDiskFailure: (code: string) => void
}

/** The errors of a machine that is not well, as against those of names that are missing. */
const sick = new Set(['EIO', 'EROFS', 'ENOSPC', 'EMFILE', 'ENOMEM', 'EACCES', 'EPERM', 'EDQUOT'])

const never = <T>(): Promise<T> => new Promise<T>(() => undefined)

export class EngineProcess {
  session: Session | undefined
  /** Settles with the exit code, or never after a kill. */
  ended: Promise<number> = never()
  /** It has ended by itself, or was killed. */
  over = false
  /** It was killed. */
  dead = false
  /** Settles when it is killed. */
  readonly killed: Promise<'killed'>
  #onKill: () => void = () => undefined
  readonly #options: ProcessOptions
  #callsLeft = Number.POSITIVE_INFINITY
  #last: { when: 'before' | 'after'; then: () => void } | undefined
  #disc: Export | undefined
  #answer: (line: string) => Promise<object> = never
  readonly #requests = new Set<Promise<unknown>>()

  constructor(options: ProcessOptions) {
    this.#options = options
    this.killed = new Promise((resolve) => {
      this.#onKill = () => resolve('killed')
    })
  }

  /** Rejects as `startSession`. */
  async start(): Promise<void> {
    const { clock, transport, journalDisk, diskseq, ...rest } = this.#options
    this.session = await startSession({
      ...rest,
      diskseq,
      clock: { now: () => clock.now(), sleep: (ms) => this.#gate(clock.sleep(ms)) },
      transport: this.#gatedTransport(transport),
      journalDisk: this.#gatedDisk(journalDisk),
      doors: this.#doors(),
    })
    this.ended = this.session.ended.then(({ exitCode }) => {
      this.over = true
      return exitCode
    })
  }

  /** Nothing that it does from now on has an effect; the command that is at the drive is carried out. */
  kill(): void {
    this.dead = true
    this.over = true
    this.#onKill()
  }

  /** The machine has no power: not even that command. */
  powerOff(): void {
    this.kill()
    void this.#options.transport.close()
  }

  /** Runs `then` at its `count`-th call of drive or disk, before or after that call has had its effect. */
  atCall(count: number, when: 'before' | 'after', then: () => void): void {
    this.#callsLeft = count
    this.#last = { when, then }
  }

  /** As the kernel sends it. Rejects as the engine does; never settles after a kill. */
  request<T>(job: (disc: Export) => Promise<T>): Promise<T> {
    const disc = this.#disc
    const done = disc === undefined ? Promise.reject(new Error('no device')) : job(disc)
    this.#requests.add(done)
    const gone = () => this.#requests.delete(done)
    done.then(gone, gone)
    return this.#gate(done)
  }

  /** One line to control.sock. */
  ask(line: object): Promise<object> {
    return this.#gate(this.#answer(JSON.stringify(line)))
  }

  #gate<T>(job: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      job.then(
        (value) => {
          if (!this.dead) resolve(value)
        },
        (error) => {
          if (!this.dead) reject(error)
        },
      )
    })
  }

  /** A call to the outside, at which it may die. */
  #call<T>(job: () => Promise<T>): Promise<T> {
    if (this.dead) return never()
    const last = --this.#callsLeft === 0 ? this.#last : undefined
    if (last?.when === 'before') last.then()
    if (this.dead) return never()
    const done = job()
    if (last?.when === 'after') done.then(last.then, last.then)
    return this.#gate(done)
  }

  #gatedTransport(transport: Transport): Transport {
    const { maxTransferBytes } = transport
    return {
      device: 'sr0',
      maxTransferBytes,
      execute: (command) =>
        this.#call(() => {
          this.#options.onCommand(command)
          return transport.execute(command)
        }),
      close: async () => undefined,
    }
  }

  #gatedDisk(disk: JournalDisk): JournalDisk {
    const call = <T>(job: () => Promise<T>): Promise<T> =>
      this.#call(() =>
        job().catch((error: unknown) => {
          const code = error instanceof Error && 'code' in error ? String(error.code) : ''
          if (sick.has(code)) this.#options.onDiskFailure(code)
          throw error
        }),
      )
    const fileOf = (file: JournalDiskFile): JournalDiskFile => ({
      append: (pieces) => call(() => file.append(pieces)),
      datasync: () => call(() => file.datasync()),
      read: () => call(() => file.read()),
      close: () => file.close(),
    })
    return {
      mkdir: (dir) => call(() => disk.mkdir(dir)),
      readdir: (dir) => call(() => disk.readdir(dir)),
      create: (file) => call(async () => fileOf(await disk.create(file))),
      open: (file) => call(async () => fileOf(await disk.open(file))),
      rename: (from, to) => call(() => disk.rename(from, to)),
      unlink: (file) => call(() => disk.unlink(file)),
      rmdir: (dir) => call(() => disk.rmdir(dir)),
      synchronizeDirectory: (dir) => call(() => disk.synchronizeDirectory(dir)),
    }
  }

  #doors(): Doors {
    return {
      openControl: async (answer) => {
        this.#answer = answer
        return { close: async () => undefined }
      },
      openDisc: async (disc) => {
        this.#disc = disc
        return {
          attached: true,
          close: async () => {
            this.#disc = undefined
            await Promise.allSettled([...this.#requests])
            await disc.settle()
          },
        }
      },
      showDirty: async () => undefined,
    }
  }
}
