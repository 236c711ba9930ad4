// A host in a few lines: speaks USB/IP to the server and Bulk-Only Transport to the drive. For the tests.
import { connect, type Socket } from 'node:net'

export interface UrbReply {
  status: number
  length: number
  data: Buffer
}

export class UsbipClient {
  readonly #socket: Socket
  #buffer: Buffer = Buffer.alloc(0)
  #wake: (() => void) | undefined
  #sequence = 0
  #waiting = new Map<number, { toHost: boolean; resolve: (r: UrbReply) => void }>()
  #unlinks = new Map<number, (status: number) => void>()
  #tag = 0
  /** Resolves when the server ends the connection. */
  readonly closed: Promise<void>

  constructor(port: number) {
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true })
    this.#socket.on('data', (chunk) => {
      this.#buffer = Buffer.concat([this.#buffer, chunk])
      this.#wake?.()
    })
    this.#socket.on('error', () => undefined)
    this.closed = new Promise((resolve) => this.#socket.on('close', () => resolve()))
  }

  async #take(n: number): Promise<Buffer> {
    while (this.#buffer.length < n) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    const taken = this.#buffer.subarray(0, n)
    this.#buffer = this.#buffer.subarray(n)
    return taken
  }

  /** OP_REQ_DEVLIST: bus ids. */
  async list(): Promise<string[]> {
    this.#socket.write(Buffer.from('0111800500000000', 'hex'))
    const head = await this.#take(12)
    const ids: string[] = []
    for (let i = 0; i < head.readUInt32BE(8); i++) {
      const record = await this.#take(316)
      ids.push(record.toString('latin1', 256, record.indexOf(0, 256)))
    }
    return ids
  }

  /** OP_REQ_IMPORT. The status, and the 312-byte record when it is 0. */
  async import(busId: string): Promise<{ status: number; record: Buffer }> {
    const b = Buffer.alloc(40)
    b.write('0111800300000000', 'hex')
    b.write(busId, 8, 'latin1')
    this.#socket.write(b)
    const status = (await this.#take(8)).readUInt32BE(4)
    if (status !== 0) return { status, record: Buffer.alloc(0) }
    const record = Buffer.from(await this.#take(312))
    void this.#receive()
    return { status, record }
  }

  async #receive(): Promise<void> {
    for (;;) {
      const head = Buffer.from(await this.#take(48))
      const sequence = head.readUInt32BE(4)
      if (head.readUInt32BE(0) === 4) {
        this.#unlinks.get(sequence)?.(head.readInt32BE(20))
        continue
      }
      const waiting = this.#waiting.get(sequence)
      if (!waiting) throw new Error(`reply to an unknown URB ${sequence}`)
      this.#waiting.delete(sequence)
      const length = head.readUInt32BE(24)
      const data = waiting.toHost ? Buffer.from(await this.#take(length)) : Buffer.alloc(0)
      waiting.resolve({ status: head.readInt32BE(20), length, data })
    }
  }

  /** USBIP_CMD_SUBMIT. Returns the sequence number with the promise of the reply. */
  submit(
    endpoint: number,
    payload: Buffer | number,
    more: { setup?: Buffer; flags?: number } = {},
  ): { sequence: number; reply: Promise<UrbReply> } {
    const toHost = typeof payload === 'number'
    const head = Buffer.alloc(48)
    const sequence = ++this.#sequence
    head.writeUInt32BE(1, 0)
    head.writeUInt32BE(sequence, 4)
    head.writeUInt32BE(0x00010002, 8)
    head.writeUInt32BE(toHost ? 1 : 0, 12)
    head.writeUInt32BE(endpoint, 16)
    head.writeUInt32BE(more.flags ?? 0, 20)
    head.writeUInt32BE(toHost ? payload : payload.length, 24)
    head.writeUInt32BE(0xffffffff, 32)
    more.setup?.copy(head, 40)
    const reply = new Promise<UrbReply>((resolve) => this.#waiting.set(sequence, { toHost, resolve }))
    this.#socket.write(head)
    if (!toHost) this.#socket.write(payload)
    return { sequence, reply }
  }

  /** USBIP_CMD_UNLINK; the status of USBIP_RET_UNLINK. */
  unlink(victim: number): Promise<number> {
    const head = Buffer.alloc(48)
    const sequence = ++this.#sequence
    head.writeUInt32BE(2, 0)
    head.writeUInt32BE(sequence, 4)
    head.writeUInt32BE(0x00010002, 8)
    head.writeUInt32BE(victim, 20)
    return new Promise((resolve) => {
      this.#unlinks.set(sequence, (status) => {
        this.#waiting.delete(victim)
        resolve(status)
      })
      this.#socket.write(head)
    })
  }

  /** A control transfer; `setup` as 16 hexadecimal digits. */
  control(setup: string, out?: Buffer): Promise<UrbReply> {
    const b = Buffer.from(setup.replaceAll(' ', ''), 'hex')
    const toHost = ((b[0] as number) & 0x80) !== 0
    return this.submit(0, toHost ? b.readUInt16LE(6) : (out ?? Buffer.alloc(0)), { setup: b }).reply
  }

  /** A command block wrapper. */
  wrapper(cdb: Buffer, length: number, toHost: boolean): Buffer {
    const b = Buffer.alloc(31)
    b.write('USBC', 0, 'latin1')
    b.writeUInt32LE(++this.#tag, 4)
    b.writeUInt32LE(length, 8)
    b[12] = toHost ? 0x80 : 0
    b[14] = cdb.length
    cdb.copy(b, 15)
    return b
  }

  /** One command by BOT: data and CSW status. Data in pieces of `piece` bytes, all submitted at once as usb-storage does. */
  async command(
    cdb: string,
    data: Buffer | number = 0,
    piece = 16384,
  ): Promise<{ status: number; residue: number; data: Buffer }> {
    const toHost = typeof data === 'number'
    const length = toHost ? data : data.length
    const bytes = Buffer.from(cdb.replaceAll(' ', ''), 'hex')
    await this.submit(2, this.wrapper(bytes, length, toHost)).reply
    const parts: Promise<UrbReply>[] = []
    for (let at = 0; at < length; at += piece) {
      const n = Math.min(piece, length - at)
      parts.push(this.submit(toHost ? 1 : 2, toHost ? n : data.subarray(at, at + n)).reply)
      // A short piece ends the data phase; the next IN transfer would be the CSW.
      if (toHost && ((await parts.at(-1))?.length ?? 0) < n) break
    }
    const moved = await Promise.all(parts)
    const csw = (await this.submit(1, 13).reply).data
    if (csw.length !== 13 || csw.toString('latin1', 0, 4) !== 'USBS') throw new Error('no CSW')
    if (csw.readUInt32LE(4) !== this.#tag) throw new Error('tag of another command')
    return {
      status: csw[12] as number,
      residue: csw.readUInt32LE(8),
      data: Buffer.concat(moved.map((m) => m.data)),
    }
  }

  close(): void {
    this.#socket.destroy()
  }
}
