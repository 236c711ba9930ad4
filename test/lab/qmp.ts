// QEMU's own control socket (QMP, docs/interop/qmp-spec): one command at a time.
import { once } from 'node:events'
import { createConnection } from 'node:net'
import { LabError } from './host.ts'
import { lineReader } from './protocol.ts'

interface Message {
  QMP?: unknown
  event?: string
  return?: unknown
  error?: { desc: string }
}

export interface Qmp {
  /** Resolves with `return`; rejects with LabError for `error`. */
  execute(command: string, args?: Record<string, unknown>): Promise<unknown>
  close(): void
}

/** Connects and leaves negotiation mode. */
export const openQmp = async (socketPath: string): Promise<Qmp> => {
  const socket = createConnection(socketPath)
  await once(socket, 'connect')
  const waiting: { resolve: (value: unknown) => void; reject: (error: Error) => void }[] = []
  socket.on(
    'data',
    lineReader<Message>((message) => {
      if (message.QMP || message.event) return
      const next = waiting.shift()
      if (message.error) next?.reject(new LabError(`QEMU: ${message.error.desc}`))
      else next?.resolve(message.return)
    }),
  )
  socket.on('error', () => {})
  socket.on('close', () => {
    for (const { reject } of waiting.splice(0)) reject(new LabError('the machine is gone'))
  })
  const execute = (command: string, args?: Record<string, unknown>): Promise<unknown> =>
    new Promise((resolve, reject) => {
      waiting.push({ resolve, reject })
      socket.write(`${JSON.stringify({ execute: command, ...(args ? { arguments: args } : {}) })}\n`)
    })
  await execute('qmp_capabilities')
  return { execute, close: () => socket.destroy() }
}
