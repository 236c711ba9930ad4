// control.sock and status.sock: how a running engine is asked and told.
import { chmod, rm } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'

/** ms for a client of control.sock to send its line, and to take the answer. */
const clientMs = 30_000
/** Clients of control.sock at a time. */
const mostControllers = 32
/** Connections to status.sock whose answer is on its way. The oldest is closed for one more. */
const mostAnswers = 64
/** Longest line of a request, bytes. */
const longestLine = 4096

export interface Sockets {
  /** Takes no more connections; returns when the answers under way were sent, or after a second. */
  close(): Promise<void>
}

async function listen(path: string, mode: number, serve: (socket: Socket) => void): Promise<Server> {
  await rm(path, { force: true })
  const server = createServer((socket) => {
    // A client that goes away early needs no more than to be forgotten.
    socket.on('error', () => undefined)
    serve(socket)
  })
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
 * Sends the status at once and hangs up: anybody may connect, and a client that stays must not take another one's place. What the kernel
 * has taken is there for the client to read whenever it likes; an answer is shorter than what it takes of a new connection.
 */
function tellEverybody(status: () => object): { serve: (socket: Socket) => void; close: () => void } {
  /** In the order in which they came. */
  const open = new Set<Socket>()
  let last: { status: object; text: string } | undefined
  const text = (): string => {
    const now = status()
    if (last?.status !== now) last = { status: now, text: `${JSON.stringify(now)}\n` }
    return last.text
  }
  return {
    serve(socket) {
      open.add(socket)
      socket.on('close', () => open.delete(socket))
      socket.end(text(), () => socket.destroy())
      const [oldest] = open
      if (open.size > mostAnswers) oldest?.destroy()
    },
    close() {
      for (const socket of open) socket.destroy()
    },
  }
}

/**
 * Answers one JSON object a line on `controlPath` (owner only) with what `answer` gives for it; sends `status()` to
 * everybody who connects to `statusPath`: an object that it gives again must be as it was. `answer` must not reject.
 */
export async function openSockets(
  controlPath: string,
  statusPath: string,
  answer: (line: string) => Promise<object>,
  status: () => object,
): Promise<Sockets> {
  const open = new Set<Socket>()
  const everybody = tellEverybody(status)
  const statusServer = await listen(statusPath, 0o666, everybody.serve)
  const controlServer = await listen(controlPath, 0o600, (socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
    socket.setTimeout(clientMs, () => socket.destroy())
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
  controlServer.maxConnections = mostControllers
  return {
    async close() {
      const closed = Promise.all(
        [statusServer, controlServer].map((s) => new Promise<void>((resolve) => s.close(() => resolve()))),
      )
      everybody.close()
      for (const socket of open) socket.end()
      const timer = setTimeout(() => {
        for (const socket of open) socket.destroy()
      }, 1_000)
      await closed
      clearTimeout(timer)
    },
  }
}
