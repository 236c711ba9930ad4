// A drive behind /dev/sgN, by the old sg interface: plain write(2) and read(2), which Node can do without native code.
// What that interface cannot do: tell how much data really came (decoders go by the reply's own length; for blocks, see wary.ts), more than
// 16 bytes of sense, and a timeout of ours (the kernel's is 60 s; ours only stops the waiting).
import { close, constants, open, readSync, write } from 'node:fs'
import { commandName } from './opcodes.ts'
import { cdbLengthOf, decodeAnswer, encodeRequest, SG_HEADER } from './sg-header.ts'
import { bytesOf, type Command, piecesOf, type Reply, type Transport, TransportError } from './transport.ts'
import { WaryTransport } from './wary.ts'

/** The four calls on the device file; tests put a fake in their place. Errors have a `code` as node:fs gives them. */
export interface SgCalls {
  open(path: string): Promise<number>
  /** One write(2). It may sleep in the kernel while another command occupies the drive, so it is asynchronous. */
  write(fd: number, buffer: Buffer, length: number): Promise<number>
  /** One non-blocking read(2); throws EAGAIN until the reply is there. */
  read(fd: number, buffer: Buffer): number
  close(fd: number): Promise<void>
}

const kernel: SgCalls = {
  // O_NONBLOCK is what turns the read into a poll: no thread of the pool ever waits for a drive.
  open: (path) =>
    new Promise((resolve, reject) =>
      open(path, constants.O_RDWR | constants.O_NONBLOCK, (error, fd) =>
        error ? reject(error) : resolve(fd),
      ),
    ),
  write: (fd, buffer, length) =>
    new Promise((resolve, reject) =>
      write(fd, buffer, 0, length, null, (error, written) => (error ? reject(error) : resolve(written))),
    ),
  read: (fd, buffer) => readSync(fd, buffer, 0, buffer.length, null),
  close: (fd) => new Promise((resolve) => close(fd, () => resolve())),
}

export interface SgOptions {
  /** What messages call the drive; default: the path. */
  device?: string
  /** Largest transfer that the queue takes, bytes; default 64 KiB, which every queue takes. */
  maxTransferBytes?: number
  calls?: SgCalls
}

const DEFAULT_TRANSFER = 65_536
/** The most that is ever used: a queue may take 32 MiB, but a packet is 256 KiB at the very most, and the buffer is kept. */
const LARGEST_TRANSFER = 262_144
const DEFAULT_TIMEOUT_MS = 30_000
const MAX_CDB = 12

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown error'

const reasons: Record<string, TransportError['reason']> = {
  ENODEV: 'gone',
  ENXIO: 'gone',
  ENOENT: 'gone',
  EINVAL: 'refused',
  EACCES: 'refused',
  EPERM: 'refused',
  EBADF: 'refused',
  EBUSY: 'refused',
  ENOMEM: 'refused',
  EDOM: 'refused',
}

const DID_NO_CONNECT = 1
const DID_TIME_OUT = 3

class SgTransport implements Transport {
  readonly device: string
  readonly maxTransferBytes: number
  readonly #path: string
  readonly #calls: SgCalls
  #fd: number | undefined
  #closed = false
  #packId = 0
  #tail: Promise<unknown> = Promise.resolve()
  #request: Buffer
  readonly #header = Buffer.alloc(SG_HEADER)

  constructor(path: string, options: SgOptions) {
    this.#path = path
    this.#calls = options.calls ?? kernel
    this.device = options.device ?? path
    this.maxTransferBytes = Math.min(options.maxTransferBytes ?? DEFAULT_TRANSFER, LARGEST_TRANSFER)
    this.#request = this.#newRequest()
  }

  #newRequest(): Buffer {
    return Buffer.alloc(SG_HEADER + MAX_CDB + this.maxTransferBytes)
  }

  #error(reason: TransportError['reason'], what: string): TransportError {
    return new TransportError(reason, `${this.device}: ${what}`)
  }

  async open(): Promise<number> {
    if (this.#closed) throw this.#error('gone', 'closed')
    if (this.#fd === undefined) {
      try {
        this.#fd = await this.#calls.open(this.#path)
      } catch (error) {
        const code = codeOf(error)
        throw this.#error(reasons[code] ?? 'host', `cannot open ${this.#path}: ${code}`)
      }
    }
    return this.#fd
  }

  /** A descriptor takes one command at a time (a second write before the read fails with EDOM), so they queue here. */
  execute(command: Command): Promise<Reply> {
    const result = this.#tail.then(() => this.#one(command))
    this.#tail = result.catch(() => undefined)
    return result
  }

  #check(command: Command): void {
    const { cdb, dataIn = 0 } = command
    const dataOut = bytesOf(piecesOf(command))
    const name = commandName(cdb)
    if (cdb.length !== cdbLengthOf(cdb[0] ?? 0))
      throw this.#error('refused', `${name}: a CDB of ${cdb.length} bytes`)
    if (dataIn > 0 && dataOut > 0) throw this.#error('refused', `${name}: data both ways`)
    const bytes = Math.max(dataIn, dataOut)
    if (bytes > this.maxTransferBytes) {
      throw this.#error('refused', `${name}: ${bytes} bytes, one transfer takes ${this.maxTransferBytes}`)
    }
  }

  async #one(command: Command): Promise<Reply> {
    this.#check(command)
    const name = commandName(command.cdb)
    const end = performance.now() + (command.timeoutMs ?? DEFAULT_TIMEOUT_MS)
    const fd = await this.open()
    this.#packId = (this.#packId + 1) & 0x7fffffff
    const packId = this.#packId
    await this.#send(fd, packId, command, name, end)
    const dataIn = command.dataIn ?? 0
    // Made for this reply and handed on, so that no byte is copied again.
    const buffer = dataIn === 0 ? this.#header : Buffer.allocUnsafe(SG_HEADER + dataIn)
    const got = await this.#receive(fd, buffer, name, end)
    return this.#reply(buffer.subarray(0, got), packId, name)
  }

  async #send(fd: number, packId: number, command: Command, name: string, end: number): Promise<void> {
    const request = this.#request
    const length = encodeRequest(request, packId, command.cdb, command.dataIn ?? 0, piecesOf(command))
    const writing = this.#calls.write(fd, request, length)
    const written = await before(end, writing).catch((error: unknown) => {
      const code = codeOf(error)
      // The descriptor is not used again: it may hold the reply to a command that is not ours any more.
      this.#drop(fd)
      throw this.#error(reasons[code] ?? 'host', `${name}: write: ${code}`)
    })
    if (written === undefined) {
      // The write still sleeps in the kernel: neither its buffer nor its descriptor may be touched before it comes back.
      this.#request = this.#newRequest()
      this.#fd = undefined
      writing.catch(() => undefined).then(() => this.#calls.close(fd))
      throw this.#error('timeout', `${name}: the kernel did not take the command in time`)
    }
    if (written !== length) {
      this.#drop(fd)
      throw this.#error('host', `${name}: wrote ${written} of ${length} bytes`)
    }
  }

  /** Polls: most replies come within a millisecond, writes take tens, a drive that seeks takes long and does not need haste. */
  async #receive(fd: number, buffer: Buffer, name: string, end: number): Promise<number> {
    const start = performance.now()
    for (;;) {
      try {
        return this.#calls.read(fd, buffer)
      } catch (error) {
        const code = codeOf(error)
        if (code !== 'EAGAIN' && code !== 'EINTR') {
          this.#drop(fd)
          throw this.#error(reasons[code] ?? 'host', `${name}: read: ${code}`)
        }
      }
      const now = performance.now()
      if (now >= end) {
        this.#drop(fd)
        throw this.#error('timeout', `${name}: no answer in time`)
      }
      const waited = now - start
      if (waited < 0.4) await new Promise((resolve) => setImmediate(resolve))
      else await new Promise((resolve) => setTimeout(resolve, Math.min(10, 1 + waited / 10, end - now)))
    }
  }

  #reply(bytes: Buffer, packId: number, name: string): Reply {
    const answer = decodeAnswer(bytes)
    if (answer === undefined || answer.packId !== packId) {
      this.#drop(this.#fd)
      throw this.#error('host', `${name}: the kernel gave the reply to another command`)
    }
    const { status, hostStatus, sense } = answer
    if (status === 0x02 && sense !== undefined) return { status, sense, data: bytes.subarray(SG_HEADER) }
    if (hostStatus === DID_NO_CONNECT) throw this.#error('gone', `${name}: no connection to the drive`)
    if (hostStatus === DID_TIME_OUT) throw this.#error('timeout', `${name}: the kernel gave up waiting`)
    if (hostStatus !== 0) throw this.#error('host', `${name}: host status ${hostStatus}`)
    return { status, data: bytes.subarray(SG_HEADER) }
  }

  /** The next command opens the device again. Closing with a command outstanding is what sg allows, it forgets the reply. */
  #drop(fd: number | undefined): void {
    if (fd === undefined) return
    if (this.#fd === fd) this.#fd = undefined
    void this.#calls.close(fd)
  }

  async close(): Promise<void> {
    await this.#tail
    this.#closed = true
    const fd = this.#fd
    this.#fd = undefined
    if (fd !== undefined) await this.#calls.close(fd)
  }
}

/** The value, or undefined when it is not there at `end` (of performance.now()). */
async function before<T>(end: number, value: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), Math.max(0, end - performance.now()))
  })
  try {
    return await Promise.race([value, late])
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Opens /dev/sgN for commands; needs group cdrom, no capability. Another program may use the drive at the same time: sg locks nothing.
 * @throws TransportError `gone` (no such device) or `refused` (no permission).
 */
export async function openSg(path: string, options: SgOptions = {}): Promise<Transport> {
  const transport = new SgTransport(path, options)
  await transport.open()
  return new WaryTransport(transport)
}
