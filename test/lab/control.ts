// A running lab, steered from another terminal: one JSON object a line in, one out, on a unix socket.
import { createHash } from 'node:crypto'
import { chmod, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { lineReader } from './protocol.ts'
import type { Machine } from './qemu.ts'

/** What a client may ask. Paths on the host are the lab process's own. */
export type Order =
  | { exec: string[]; user?: string; stdin?: string; timeoutMs?: number }
  | { push: string; to: string }
  | { pull: string; to: string }
  /** The built product of the checkout, and its package, take the place of what the guest has under /opt/pktw-lab. */
  | { product: true }
  | { drive: string; with?: Record<string, unknown> }
  | { power: 'off' | 'cut' | 'status' }

export type Reply = { ok: true; [key: string]: unknown } | { ok: false; error: string }

export interface Controls {
  machine: Machine
  refresh(): Promise<void>
  drive(order: Extract<Order, { drive: string }>): Promise<Record<string, unknown>>
  /** Called when the machine was switched off by order. */
  ended(): void
}

const obey = async (order: Order, on: Controls): Promise<Reply> => {
  if ('exec' in order) {
    const { exec, ...options } = order
    return { ok: true, ...(await on.machine.exec(exec, options)) }
  }
  if ('push' in order) {
    const data = await readFile(order.push)
    await on.machine.push(order.to, data, 0o755)
    return { ok: true, bytes: data.length, sha256: createHash('sha256').update(data).digest('hex') }
  }
  if ('pull' in order) {
    const data = await on.machine.pull(order.pull)
    await writeFile(order.to, data)
    return { ok: true, bytes: data.length }
  }
  if ('product' in order) {
    await on.refresh()
    return { ok: true }
  }
  if ('drive' in order) return { ok: true, ...(await on.drive(order)) }
  if (order.power === 'cut') await on.machine.kill()
  else if (order.power === 'off') await on.machine.shutdown()
  else return { ok: true, suite: on.machine.image.suite, console: on.machine.consoleSocket }
  on.ended()
  return { ok: true }
}

/** Listens until closed. The socket is for its owner only: whoever may write to it is root in the guest. */
export const serveControl = async (socketPath: string, on: Controls): Promise<{ close(): Promise<void> }> => {
  await rm(socketPath, { force: true })
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.on(
      'data',
      lineReader<Order>((order) => {
        obey(order, on)
          .catch(
            (error: unknown): Reply => ({
              ok: false,
              error: error instanceof Error ? error.message : String(error),
            }),
          )
          .then((reply) => socket.write(`${JSON.stringify(reply)}\n`))
      }),
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(socketPath, resolve)
  })
  await chmod(socketPath, 0o600)
  return {
    close: async () => {
      server.close()
      await rm(socketPath, { force: true })
    },
  }
}
