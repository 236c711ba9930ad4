// An export in memory, and a raw client of a socket.
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Export } from '../../src/nbd/export.ts'

export class MemoryExport implements Export {
  readonly blockSize = 2048
  readonly preferredBytes = 65_536
  readonly readOnly: boolean
  readonly content: Buffer
  flushes = 0
  settles = 0
  fuas = 0
  longestWrite = 0
  /** Thrown by the next request. */
  failure: Error | undefined
  /** Requests wait for this. */
  hold: Promise<void> = Promise.resolve()

  constructor(sizeBytes: number, readOnly = false) {
    this.content = Buffer.alloc(sizeBytes)
    this.readOnly = readOnly
  }

  get sizeBytes(): number {
    return this.content.length
  }

  async read(offset: number, length: number): Promise<readonly Buffer[]> {
    await this.#turn(offset + length)
    // A copy, since a later write must not change what is on its way.
    const data = Buffer.from(this.content.subarray(offset, offset + length))
    const middle = Math.floor(length / 3)
    return [data.subarray(0, middle), data.subarray(middle)]
  }

  async write(offset: number, data: Buffer, fua: boolean): Promise<void> {
    await this.#turn(offset + data.length)
    this.longestWrite = Math.max(this.longestWrite, data.length)
    if (fua) this.fuas++
    data.copy(this.content, offset)
  }

  async flush(): Promise<void> {
    await this.#turn(0)
    this.flushes++
  }

  async settle(): Promise<void> {
    this.settles++
  }

  async #turn(end: number): Promise<void> {
    await this.hold
    const failure = this.failure
    this.failure = undefined
    if (failure !== undefined) throw failure
    if (end > this.content.length) throw Object.assign(new Error('past the end'), { errno: 28 })
  }
}

/** A directory of its own for sockets; unix socket paths are short, so not below the checkout. */
export function socketDir(): { dir: string; remove: () => void } {
  const dir = mkdtempSync(path.join(tmpdir(), 'pktw-'))
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) }
}

/** Sends bytes and takes exactly so many; for the test's own idea of the protocol. */
export class RawClient {
  readonly socket: Socket
  #chunks: Buffer[] = []
  #wake: () => void = () => undefined
  #ended = false

  constructor(path: string) {
    this.socket = connect(path)
    this.socket.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk)
      this.#wake()
    })
    this.socket.on('close', () => {
      this.#ended = true
      this.#wake()
    })
    this.socket.on('error', () => undefined)
  }

  send(...pieces: Buffer[]): void {
    for (const piece of pieces) this.socket.write(piece)
  }

  /** Fewer bytes than asked for mean that the server hung up. */
  async take(length: number): Promise<Buffer> {
    for (;;) {
      const have = this.#chunks.reduce((sum, c) => sum + c.length, 0)
      if (have >= length || this.#ended) {
        const [first] = this.#chunks
        const all = first !== undefined && first.length === have ? first : Buffer.concat(this.#chunks)
        this.#chunks = [all.subarray(Math.min(length, all.length))]
        return all.subarray(0, length)
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  /** An option; gives type and data of each reply until one that ends it. */
  async option(option: number, data: Buffer = Buffer.alloc(0)): Promise<{ type: number; data: Buffer }[]> {
    this.send(optionBytes(option, data))
    const replies: { type: number; data: Buffer }[] = []
    for (;;) {
      const reply = await this.take(20)
      if (reply.length < 20) return replies
      const type = reply.readUInt32BE(12)
      replies.push({ type, data: await this.take(reply.readUInt32BE(16)) })
      if (type === 1 || type >= 0x8000_0000) return replies
    }
  }

  /** Greeting and client flags. */
  async hello(flags = 3): Promise<Buffer> {
    const greeting = await this.take(18)
    const out = Buffer.alloc(4)
    out.writeUInt32BE(flags)
    this.send(out)
    return greeting
  }

  /** Handshake through NBD_OPT_GO. */
  async go(name = 'disc'): Promise<{ type: number; data: Buffer }[]> {
    await this.hello()
    return this.option(7, goData(name))
  }

  request(...of: Parameters<typeof requestBytes>): void {
    this.send(requestBytes(...of))
  }

  /** Error and handle of a simple reply. */
  async reply(): Promise<{ error: number; handle: bigint }> {
    const head = await this.take(16)
    if (head.length < 16 || head.readUInt32BE(0) !== 0x67446698)
      throw new Error(`no reply: ${head.toString('hex')}`)
    return { error: head.readUInt32BE(4), handle: head.readBigUInt64BE(8) }
  }

  /** What came and nobody took is forgotten: who counts memory afterwards counts the server's. */
  async close(): Promise<void> {
    if (!this.#ended)
      await new Promise<void>((resolve) => {
        this.socket.once('close', () => resolve())
        this.socket.destroy()
      })
    this.#chunks = []
  }
}

export function goData(name: string): Buffer {
  const data = Buffer.alloc(6 + name.length)
  data.writeUInt32BE(name.length)
  data.write(name, 4)
  return data
}

/** An option as the client sends it; `length` is what it claims to have for data. */
export function optionBytes(option: number, data: Buffer = Buffer.alloc(0), length = data.length): Buffer {
  const head = Buffer.alloc(16)
  head.write('IHAVEOPT', 'latin1')
  head.writeUInt32BE(option, 8)
  head.writeUInt32BE(length, 12)
  return Buffer.concat([head, data])
}

/** The header of a request. */
export function requestBytes(
  type: number,
  offset: bigint | number,
  length: number,
  flags = 0,
  handle = 1n,
): Buffer {
  const head = Buffer.alloc(28)
  head.writeUInt32BE(0x25609513, 0)
  head.writeUInt16BE(flags, 4)
  head.writeUInt16BE(type, 6)
  head.writeBigUInt64BE(handle, 8)
  head.writeBigUInt64BE(BigInt(offset), 16)
  head.writeUInt32BE(length, 24)
  return head
}
