// The NBD server on a unix socket: the one file that knows sockets.
import { createServer, type Server, type Socket } from 'node:net'
import type { Export } from './export.ts'
import { shakeHands } from './handshake.ts'
import { serveRequests } from './transmission.ts'
import { type Wire, WireClosed } from './wire.ts'

/** A socket read by the byte. One chunk that nobody asked for yet is kept, and what follows it stays in the socket. */
class SocketWire implements Wire {
  readonly #socket: Socket
  /** Where the bytes go that come in; undefined while nobody reads. */
  #want: { take: (chunk: Buffer) => Buffer; end: (error: Error) => void } | undefined
  #left: Buffer = Buffer.alloc(0)
  /** Nothing more comes. */
  #ended = false
  /** We hung up. */
  #closed = false

  constructor(socket: Socket) {
    this.#socket = socket
    socket.pause()
    socket.on('data', (chunk: Buffer) => {
      if (this.#want !== undefined) this.#left = this.#want.take(chunk)
      else {
        // Only here, not after each request: starting a socket again costs a turn of the event loop.
        socket.pause()
        this.#left = Buffer.concat([this.#left, chunk])
      }
    })
    const end = () => {
      this.#ended = true
      this.#want?.end(new WireClosed('the client closed the connection'))
    }
    socket.on('end', end)
    socket.on('close', end)
    // The reason comes with `close`, which follows.
    socket.on('error', () => undefined)
  }

  async read(length: number, limitMs?: number): Promise<Buffer> {
    const into = Buffer.allocUnsafe(length)
    await this.fill(into, limitMs)
    return into
  }

  fill(into: Buffer, limitMs?: number): Promise<void> {
    let filled = 0
    const use = (part: Buffer): void => {
      part.copy(into, filled)
      filled += part.length
    }
    return this.#receive(into.length, use, limitMs)
  }

  skip(length: number, limitMs: number): Promise<void> {
    return this.#receive(length, () => undefined, limitMs)
  }

  write(pieces: readonly Buffer[], limitMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new WireClosed('the client takes no answer')), limitMs)
      const last = pieces.length - 1
      this.#socket.cork()
      pieces.forEach((piece, i) => {
        this.#socket.write(piece, (error) => {
          if (i < last) return
          clearTimeout(timer)
          if (error) reject(new WireClosed('the client has gone'))
          else resolve()
        })
      })
      this.#socket.uncork()
    })
  }

  close(): void {
    this.#socket.destroy()
    this.#closed = true
    this.#left = Buffer.alloc(0)
    this.#want?.end(new WireClosed('the connection was closed'))
  }

  /** Hands the next `length` bytes to `use`, as they come; each byte is moved once. */
  async #receive(length: number, use: (part: Buffer) => void, limitMs: number | undefined): Promise<void> {
    if (this.#closed) throw new WireClosed('the connection was closed')
    let missing = length
    const take = (chunk: Buffer): Buffer => {
      const part = chunk.subarray(0, missing)
      use(part)
      missing -= part.length
      return chunk.subarray(part.length)
    }
    this.#left = take(this.#left)
    if (missing === 0) return
    if (this.#ended) throw new WireClosed('the client closed the connection')
    await new Promise<void>((resolve, reject) => {
      const end = (error?: Error) => {
        clearTimeout(timer)
        this.#want = undefined
        if (error === undefined) resolve()
        else reject(error)
      }
      const timer =
        limitMs === undefined
          ? undefined
          : setTimeout(() => end(new WireClosed('the client does not send what it owes')), limitMs)
      this.#want = {
        take: (chunk) => {
          const rest = take(chunk)
          if (missing === 0) end()
          return rest
        },
        end,
      }
      if (this.#socket.isPaused()) this.#socket.resume()
    })
  }
}

export interface NbdServer {
  /** A client has the export. */
  readonly attached: boolean
  /** Takes no more clients, hangs up, and returns when the requests under way have ended and the disc is settled. */
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
  const clients = new Map<SocketWire, Promise<void>>()

  const serve = async (wire: SocketWire): Promise<void> => {
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
    // Everything written has been taken by the system; what the client sent since is nobody's.
    wire.close()
  }

  // Half open: a client that says no more still gets the answers to what it asked.
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    const wire = new SocketWire(socket)
    const served = serve(wire).finally(() => clients.delete(wire))
    clients.set(wire, served)
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
      for (const wire of clients.keys()) wire.close()
      await Promise.all(clients.values())
      await closed
    },
  }
}
