// What was asked and is not answered yet: requests of the kernel, which the engine answers, and commands, which the drive answers.
import type { Clock } from '../mmc/clock.ts'
import { commandName } from '../mmc/opcodes.ts'
import type { Command, Transport } from '../mmc/transport.ts'
import type { Export } from '../nbd/export.ts'

/** ms of a command that sets no limit itself; the transport's own is shorter. */
const defaultLimitMs = 70_000

/** All times in ms of the clock. */
export interface Waiting {
  /** When the oldest request came that has no answer yet. */
  request?: number
  /** The command that is at the drive. */
  command?: {
    /** `READ (10)` */
    name: string
    /** The drive has had it since then. */
    since: number
    /** The command's own time limit, ms. */
    limitMs: number
  }
  /** When the drive last answered anything, or the engine began. */
  answered: number
}

export class Unanswered {
  readonly #clock: Clock
  /** In the order in which they came. */
  readonly #requests = new Set<{ since: number }>()
  /** In the order in which they are sent: the drive has the first one, the others wait for it. */
  readonly #commands = new Set<{ command: Command; since: number }>()
  #answered: number

  constructor(clock: Clock) {
    this.#clock = clock
    this.#answered = clock.now()
  }

  /** The same drive, whose commands are counted. */
  drive(transport: Transport): Transport {
    const { device, maxTransferBytes } = transport
    return {
      ...(device === undefined ? {} : { device }),
      maxTransferBytes,
      execute: (command) => {
        const entry = { command, since: this.#clock.now() }
        this.#commands.add(entry)
        const end = () => {
          this.#commands.delete(entry)
          this.#answered = this.#clock.now()
        }
        return after(transport.execute(command), end)
      },
      close: () => transport.close(),
    }
  }

  /** The same export, whose requests are counted. */
  export(disc: Export): Export {
    const counted = <T>(answer: Promise<T>): Promise<T> => {
      const entry = { since: this.#clock.now() }
      this.#requests.add(entry)
      return after(answer, () => this.#requests.delete(entry))
    }
    const { sizeBytes, blockSize, preferredBytes, readOnly } = disc
    const trim = disc.trim?.bind(disc)
    return {
      ...{ sizeBytes, blockSize, preferredBytes, readOnly },
      read: (offset, length) => counted(disc.read(offset, length)),
      write: (offset, data, fua) => counted(disc.write(offset, data, fua)),
      flush: () => counted(disc.flush()),
      ...(trim === undefined ? {} : { trim: (offset, length) => counted(trim(offset, length)) }),
      // Nobody waits for it.
      settle: () => disc.settle(),
    }
  }

  get waiting(): Waiting {
    const [request] = this.#requests
    const [first] = this.#commands
    return {
      ...(request === undefined ? {} : { request: request.since }),
      ...(first === undefined ? {} : { command: this.#atDrive(first) }),
      answered: this.#answered,
    }
  }

  #atDrive({ command, since }: { command: Command; since: number }): NonNullable<Waiting['command']> {
    return {
      name: commandName(command.cdb),
      since: Math.max(since, this.#answered),
      limitMs: command.timeoutMs ?? defaultLimitMs,
    }
  }
}

/** The same promise; `end` is called when it settles. */
function after<T>(promise: Promise<T>, end: () => void): Promise<T> {
  promise.then(end, end)
  return promise
}
