// A transport that answers from a script, and remembers what it was sent.
import type { Clock } from '../../src/mmc/clock.ts'
import type { Sense } from '../../src/mmc/sense.ts'
import { type Command, type Reply, type Transport, TransportError } from '../../src/mmc/transport.ts'

/** `3/0C/00` as Sense. */
function senseOf(text: string): Sense {
  const [key = 0, asc = 0, ascq = 0] = text.split('/').map((part) => Number.parseInt(part, 16))
  return { key, asc, ascq }
}

/** Sense code, `deferred 3/0C/00`, or a TransportError's reason. */
export type Trouble = string

export class ScriptedTransport implements Transport {
  readonly device = 'sr0'
  readonly maxTransferBytes: number
  /** Operation codes in the order they came. */
  readonly sent: number[] = []
  readonly commands: Command[] = []
  /** Trouble for the next commands of an operation code, in order; GOOD when there is none. */
  readonly troubles = new Map<number, Trouble[]>()
  /** INFORMATION of the sense that tells trouble. */
  information: number | undefined
  closed = false

  constructor(maxTransferBytes = 120 * 1024) {
    this.maxTransferBytes = maxTransferBytes
  }

  trouble(opcode: number, ...troubles: Trouble[]): void {
    this.troubles.set(opcode, troubles)
  }

  async execute(command: Command): Promise<Reply> {
    const opcode = command.cdb[0] ?? 0
    this.sent.push(opcode)
    this.commands.push(command)
    const trouble = this.troubles.get(opcode)?.shift()
    if (trouble === undefined) return { status: 0, data: Buffer.alloc(command.dataIn ?? 0) }
    if (!trouble.includes('/')) throw new TransportError(trouble as TransportError['reason'], trouble)
    const deferred = trouble.startsWith('deferred ')
    const { information } = this
    const sense = {
      ...senseOf(trouble.replace('deferred ', '')),
      ...(deferred ? { deferred } : {}),
      ...(information === undefined ? {} : { information }),
    }
    return { status: 2, sense, data: Buffer.alloc(0) }
  }

  async close(): Promise<void> {
    this.closed = true
  }
}

/** Time that only passes by sleeping. */
export class StillClock implements Clock {
  time = 0
  now(): number {
    return this.time
  }
  async sleep(ms: number): Promise<void> {
    this.time += ms
  }
}
