// What a running engine tells anybody who asks: one JSON object on status.sock.
import { createConnection } from 'node:net'

/** Undefined when no engine runs, or it does not answer within a second with at most 64 KiB. */
export function engineStatus(socket: string): Promise<unknown> {
  return new Promise((resolve) => {
    const parts: Buffer[] = []
    let length = 0
    const connection = createConnection(socket)
    const end = (value: unknown): void => {
      connection.destroy()
      resolve(value)
    }
    connection.setTimeout(1000, () => end(undefined))
    connection.on('error', () => end(undefined))
    connection.on('data', (part) => {
      parts.push(part)
      length += part.length
      if (length > 65_536) end(undefined)
    })
    connection.on('end', () => {
      try {
        end(JSON.parse(Buffer.concat(parts).toString('utf8')))
      } catch {
        end(undefined)
      }
    })
  })
}
