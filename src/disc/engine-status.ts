// What a running engine tells anybody who asks: one JSON object on status.sock.
import { createConnection } from 'node:net'
import path from 'node:path'
import type { EngineStatus } from '../packet/status.ts'
import type { System } from '../system/system.ts'

/** Undefined when nobody listens, or what answers does not do so within a second with at most 64 KiB of JSON. */
function askSocket(socket: string): Promise<unknown> {
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

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

/** It has what every engine tells since the first. What came later is optional in the type. */
function isEngineStatus(value: unknown): value is EngineStatus {
  if (!isObject(value) || !isObject(value.stats) || !isObject(value.stats.requests)) return false
  const { drive, state, medium, packetBlocks, blocks, startedAt, stats } = value
  return (
    [drive, state, medium].every((v) => typeof v === 'string') &&
    [packetBlocks, blocks, startedAt, stats.packetsWritten, stats.dirty, stats.errors].every(Number.isFinite)
  )
}

/** The status of the drive's engine; undefined when none runs or it does not answer. */
export async function engineStatus(system: System, drive: string): Promise<EngineStatus | undefined> {
  const answer = await askSocket(path.join(system.root, 'run/pktw', drive, 'status.sock'))
  return isEngineStatus(answer) ? answer : undefined
}

/** Packets that the engine has still to write; undefined when it does not say. */
export async function packetsLeft(system: System, drive: string): Promise<number | undefined> {
  return (await engineStatus(system, drive))?.stats.dirty
}
