// The NBD server on a unix socket: the one file that knows sockets.
import { createServer, type Server, type Socket } from 'node:net'
import type { Export } from './export.ts'
import { shakeHands } from './handshake.ts'
import { serveRequests } from './transmission.ts'
import { type Wire, WireClosed } from './wire.ts'

/** A socket read by the byte. Bytes that nobody asked for yet stay in the socket: it is paused. */
class SocketWire implements Wire {
  readonly #socket: Socket
  /** Where the bytes go that come in; undefined while nobody reads. */
  #want: { take: (chunk: Buffer) => Buffer; end: (error: Error) => void } | undefined
  #left: Buffer = Buffer.alloc(0)
  #closed = false

  constructor(socket: Socket) {
    this.#socket = socket
    socket.pause()
    socket.on('data', (chunk: Buffer) => {
      this.#left = this.#want?.take(chunk) ?? Buffer.concat([this.#left, chunk])
    })
    const close = () => {
      this.#closed = true
      this.#want?.end(new WireClosed('the client closed the connection'))
    }
    socket.on('end', close)
    socket.on('close', close)
    // The reason comes with `close`, which follows.
    socket.on('error', () => undefined)
  }

  async read(length: number, limitMs?: number): Promise<Buffer> {
    const into = Buffer.allocUnsafe(length)
    let filled = 0
    await this.#receive(
      length,
      (part) => {
        part.copy(into, filled)
        filled += part.length
      },
      limitMs,
    )
    return into
  }

  skip(length: number, limitMs: number): Promise<void> {
    return this.#receive(length, () => undefined, limitMs)
  }

  write(pieces: readonly Buffer[], limitMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#closed || this.#socket.destroyed) return reject(new WireClosed('the client has gone'))
      this.#socket.cork()
      let goOn = true
      for (const piece of pieces) goOn = this.#socket.write(piece)
      this.#socket.uncork()
      if (goOn) return resolve()
      const end = (error?: Error) => {
        clearTimeout(timer)
        this.#socket.off('drain', end)
        this.#socket.off('close', closed)
        if (error === undefined) resolve()
        else reject(error)
      }
      const closed = () => end(new WireClosed('the client has gone'))
      const timer = setTimeout(() => end(new WireClosed('the client takes no answer')), limitMs)
      this.#socket.once('drain', end)
      this.#socket.once('close', closed)
    })
  }

  /** Hands the next `length` bytes to `use`, as they come; each byte is moved once. */
  #receive(length: number, use: (part: Buffer) => void, limitMs: number | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      let missing = length
      const take = (chunk: Buffer): Buffer => {
        const part = chunk.subarray(0, missing)
        use(part)
        missing -= part.length
        if (missing === 0) end()
        return chunk.subarray(part.length)
      }
      const end = (error?: Error) => {
        clearTimeout(timer)
        this.#want = undefined
        this.#socket.pause()
        if (error === undefined) resolve()
        else reject(error)
      }
      const timer =
        limitMs === undefined
          ? undefined
          : setTimeout(() => end(new WireClosed('the client does not send what it owes')), limitMs)
      this.#want = { take, end }
      this.#left = take(this.#left)
      if (this.#want === undefined) return
      if (this.#closed) end(new WireClosed('the client closed the connection'))
      else this.#socket.resume()
    })
  }
}

export interface NbdServer {
  /** A client has the export. */
  readonly attached: boolean
  /** Takes no more clients, and ends the connections there are after the request that runs. */
  close(): Promise<void>
}

export interface NbdServerOptions {
  /** Where to listen; must not exist. */
  path: string
  /** Name of the export. */
  name: string
  export: Export
  /** For what went wrong with one client, in words. */
  onProblem?: (text: string) => void
}

/** Serves one export to one client at a time. Rejects with the system's error when it cannot listen there. */
export async function serveNbd(options: NbdServerOptions): Promise<NbdServer> {
  const { name } = options
  let attached = false
  const clients = new Map<Socket, Promise<void>>()

  const serve = async (socket: Socket): Promise<void> => {
    const wire = new SocketWire(socket)
    let ours = false
    const take = () => {
      if (attached) return false
      attached = true
      ours = true
      return true
    }
    try {
      if (await shakeHands(wire, { name, export: options.export, take })) {
        await serveRequests(wire, options.export)
      }
    } catch (error) {
      if (!(error instanceof WireClosed)) options.onProblem?.(`NBD client: ${String(error)}`)
    }
    if (ours) {
      // The next client may come already; its requests queue up behind this.
      attached = false
      await options.export.settle()
    }
    socket.destroySoon()
  }

  const server: Server = createServer((socket) => {
    const served = serve(socket).finally(() => clients.delete(socket))
    clients.set(socket, served)
  })
  server.maxConnections = 16
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.path, () => {
      server.off('error', reject)
      server.on('error', (error) => options.onProblem?.(`NBD socket: ${error.message}`))
      resolve()
    })
  })

  return {
    get attached() {
      return attached
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const socket of clients.keys()) socket.destroy()
      await Promise.all(clients.values())
      await closed
    },
  }
}
