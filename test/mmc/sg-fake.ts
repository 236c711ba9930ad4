// A stand-in for the four calls on /dev/sgN. No test machine has an sg device, so it behaves as the kernel's driver was measured to behave
// (Linux 7.2): one command per descriptor (EDOM), EAGAIN until the reply is there, a read that always fills as much as was asked for
// (the rest with what was left in the kernel's buffer, zeros above 32 KiB), the first 16 bytes of sense, EINVAL above the queue's limit, ENOMEM when
// reply_len counts data on a command that carries data out.
import type { SgCalls } from '../../src/mmc/sg.ts'

export interface FakeAnswer {
  data?: Uint8Array
  status?: number
  hostStatus?: number
  sense?: Uint8Array
  /** ms until it can be read; Infinity: never. */
  delayMs?: number
  /** What write(2) fails with. */
  writeError?: string
  /** What read(2) fails with. */
  readError?: string
  /** The write itself sleeps for ever. */
  stuck?: boolean
  packId?: number
}

interface Open {
  /** Its own buffer in the kernel, for transfers that fit. */
  reserved: Buffer
  pending?: { answer: FakeAnswer; packId: number; at: number }
}

const failure = (code: string): Error => Object.assign(new Error(code), { code })

export class FakeSg implements SgCalls {
  readonly requests: { cdb: Buffer; dataOut: Buffer; replyLength: number }[] = []
  readonly open_ = new Map<number, Open>()
  reads = 0
  opened = 0
  maxBytes = 122_880
  openError: string | undefined
  /** What the next commands are answered, in this order; then GOOD without data. */
  answers: FakeAnswer[] = []
  #wake: (() => void)[] = []

  async open(): Promise<number> {
    if (this.openError !== undefined) throw failure(this.openError)
    const fd = 100 + this.opened++
    this.open_.set(fd, { reserved: Buffer.alloc(32 * 1024) })
    return fd
  }

  async write(fd: number, buffer: Buffer, length: number): Promise<number> {
    const file = this.open_.get(fd)
    if (file === undefined) throw failure('EBADF')
    if (file.pending !== undefined) throw failure('EDOM')
    const replyLength = buffer.readInt32LE(4)
    const group = (buffer[36] ?? 0) >> 5
    const cdbLength = group === 0 ? 6 : group === 5 ? 12 : 10
    const cdb = Buffer.from(buffer.subarray(36, 36 + cdbLength))
    const dataOut = Buffer.from(buffer.subarray(36 + cdbLength, length))
    if (dataOut.length > 0 && replyLength !== 36) throw failure('ENOMEM')
    if (Math.max(dataOut.length, replyLength - 36) > this.maxBytes) throw failure('EINVAL')
    if (dataOut.length <= file.reserved.length) dataOut.copy(file.reserved)
    this.requests.push({ cdb, dataOut, replyLength })
    const answer = this.answers.shift() ?? {}
    if (answer.writeError !== undefined) throw failure(answer.writeError)
    if (answer.stuck === true) await new Promise<void>((resolve) => this.#wake.push(resolve))
    file.pending = { answer, packId: buffer.readInt32LE(8), at: performance.now() + (answer.delayMs ?? 0) }
    return length
  }

  read(fd: number, buffer: Buffer): number {
    this.reads++
    const file = this.open_.get(fd)
    if (file === undefined) throw failure('EBADF')
    if (file.pending === undefined || performance.now() < file.pending.at) throw failure('EAGAIN')
    const { answer, packId } = file.pending
    if (answer.readError !== undefined) throw failure(answer.readError)
    delete file.pending
    const header = Buffer.alloc(36)
    header.writeInt32LE(buffer.length, 0)
    header.writeInt32LE(buffer.length, 4)
    header.writeInt32LE(answer.packId ?? packId, 8)
    const status = answer.status ?? (answer.sense ? 2 : 0)
    const driver = answer.sense ? 8 : 0
    header.writeUInt32LE((((status >> 1) << 1) | ((answer.hostStatus ?? 0) << 6) | (driver << 14)) >>> 0, 16)
    header.set((answer.sense ?? new Uint8Array(0)).subarray(0, 16), 20)
    const asked = buffer.length - 36
    const transfer = asked <= file.reserved.length ? file.reserved.subarray(0, asked) : Buffer.alloc(asked)
    transfer.set((answer.data ?? new Uint8Array(0)).subarray(0, asked))
    buffer.set(header)
    buffer.set(transfer, 36)
    return buffer.length
  }

  async close(fd: number): Promise<void> {
    this.open_.delete(fd)
  }

  /** Writes that slept go on. */
  wake(): void {
    for (const go of this.#wake.splice(0)) go()
  }
}
