// control.sock and status.sock: how a running engine is asked and told.
import { chmod, rm } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'

/** ms for a client to send its line, and to take the answer. */
const clientMs = 30_000
/** Longest line of a request, bytes. */
const longestLine = 4096

export interface Sockets {
  /** Takes no more connections; returns when the answers under way were sent, or after a second. */
  close(): Promise<void>
}

async function listen(path: string, mode: number, serve: (socket: Socket) => void): Promise<Server> {
  await rm(path, { force: true })
  const server = createServer((socket) => {
    socket.setTimeout(clientMs, () => socket.destroy())
    // A client that goes away early needs no more than to be forgotten.
    socket.on('error', () => undefined)
    serve(socket)
  })
  server.maxConnections = 32
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, () => {
      server.off('error', reject)
      server.on('error', () => undefined)
      resolve()
    })
  })
  await chmod(path, mode)
  return server
}

/**
 * Answers one JSON object a line on `controlPath` (owner only) with what `answer` gives for it; sends `status()` to
 * everybody who connects to `statusPath`. `answer` must not reject.
 */
export async function openSockets(
  controlPath: string,
  statusPath: string,
  answer: (line: string) => Promise<object>,
  status: () => object,
): Promise<Sockets> {
  const open = new Set<Socket>()
  const track = (socket: Socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
  }

  const statusServer = await listen(statusPath, 0o666, (socket) => {
    track(socket)
    socket.end(`${JSON.stringify(status())}\n`)
  })
  const controlServer = await listen(controlPath, 0o600, (socket) => {
    track(socket)
    socket.setEncoding('utf8')
    let text = ''
    let turn = Promise.resolve()
    const handle = async (line: string): Promise<void> => {
      // An answer may take as long as a flush does.
      socket.setTimeout(0)
      const reply = await answer(line)
      socket.setTimeout(clientMs)
      if (!socket.destroyed) socket.write(`${JSON.stringify(reply)}\n`)
    }
    socket.on('data', (chunk) => {
      text += chunk
      const lines = text.split('\n')
      text = lines.pop() ?? ''
      for (const line of lines) turn = turn.then(() => handle(line))
      if (text.length > longestLine) socket.destroy()
    })
  })

  return {
    async close() {
      const closed = Promise.all(
        [statusServer, controlServer].map((s) => new Promise<void>((resolve) => s.close(() => resolve()))),
      )
      for (const socket of open) socket.end()
      const timer = setTimeout(() => {
        for (const socket of open) socket.destroy()
      }, 1_000)
      await closed
      clearTimeout(timer)
    },
  }
}
