// A transport that answers from a list, and a clock that stands still until somebody sleeps.
import type { Clock } from '../../src/mmc/clock.ts'
import type { Sense } from '../../src/mmc/sense.ts'
import type { Command, Reply, Transport } from '../../src/mmc/transport.ts'

/** `5/26/00`: CHECK CONDITION with that sense; a number: that status; bytes: GOOD with them. */
export type Answer = string | number | Buffer | Error

const senseOf = (text: string): Sense => {
  const [key = 0, asc = 0, ascq = 0] = text.split('/').map((part) => Number.parseInt(part, 16))
  return { key, asc, ascq }
}

export class ScriptedTransport implements Transport {
  readonly device = 'sr0'
  maxTransferBytes = 65_536
  readonly sent: Command[] = []
  answers: Answer[]

  constructor(answers: Answer[] = []) {
    this.answers = answers
  }

  async execute(command: Command): Promise<Reply> {
    this.sent.push({ ...command, cdb: Uint8Array.from(command.cdb) })
    const answer = this.answers.shift() ?? 0
    if (answer instanceof Error) throw answer
    if (typeof answer === 'string') return { status: 2, sense: senseOf(answer), data: Buffer.alloc(0) }
    if (typeof answer === 'number') return { status: answer, data: Buffer.alloc(command.dataIn ?? 0) }
    return { status: 0, data: answer }
  }

  async close(): Promise<void> {}

  get opcodes(): number[] {
    return this.sent.map((command) => command.cdb[0] ?? 0)
  }
}

export class ManualClock implements Clock {
  time = 0
  readonly sleeps: number[] = []
  now(): number {
    return this.time
  }
  async sleep(ms: number): Promise<void> {
    this.sleeps.push(ms)
    this.time += ms
  }
}
