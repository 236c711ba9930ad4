// A connection that is made here and used by somebody else: in the machine the kernel, here plain reads and writes.
import { readSync, writeSync } from 'node:fs'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { connectToExport } from '../../src/hooks/nbd-connection.ts'
import { serveNbd } from '../../src/nbd/server.ts'
import { MemoryExport, socketDir } from '../nbd/memory.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

function place(): string {
  const { dir, remove } = socketDir()
  cleanups.push(remove)
  return `${dir}/nbd.sock`
}

/** What the descriptor has, once it has so much. */
async function take(fd: number, length: number): Promise<Buffer> {
  const into = Buffer.alloc(length)
  let filled = 0
  for (let tries = 0; filled < length && tries < 500; tries++)
    try {
      filled += readSync(fd, into, filled, length - filled, null)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
      await sleep(5)
    }
  return into.subarray(0, filled)
}

test('after the handshake nothing is read here any more, however long one waits', async () => {
  const path = place()
  const disc = new MemoryExport(1024 * 1024)
  disc.content.fill('abcd', 4096, 8192)
  const server = await serveNbd({ path, name: 'disc', export: disc })
  cleanups.push(() => server.close())
  const connection = await connectToExport(path, 'disc')
  expect(connection.sizeBytes).toBe(1024 * 1024)
  expect(server.attached).toBe(true)
  const request = Buffer.alloc(28)
  request.writeUInt32BE(0x25609513, 0)
  request.writeBigUInt64BE(77n, 8)
  request.writeBigUInt64BE(4096n, 16)
  request.writeUInt32BE(4096, 24)
  writeSync(connection.fd, request)
  await sleep(100)
  const reply = await take(connection.fd, 16 + 4096)
  expect(reply.readUInt32BE(0)).toBe(0x67446698)
  expect(reply.readBigUInt64BE(8)).toBe(77n)
  expect(reply.subarray(16)).toEqual(disc.content.subarray(4096, 8192))
  connection.close()
  for (let i = 0; i < 200 && server.attached; i++) await sleep(10)
  expect(server.attached).toBe(false)
})

test('a second client is refused, with the reason', async () => {
  const path = place()
  const server = await serveNbd({ path, name: 'disc', export: new MemoryExport(1024 * 1024) })
  cleanups.push(() => server.close())
  const first = await connectToExport(path, 'disc')
  cleanups.push(() => first.close())
  await expect(connectToExport(path, 'disc')).rejects.toThrow('another client has the disc')
  await expect(connectToExport(path, 'other')).rejects.toThrow('there is one export')
})

const talking = async (say: Buffer): Promise<string> => {
  const path = place()
  const server = createServer((socket) => void socket.end(say))
  await new Promise<void>((resolve) => void server.listen(path, resolve))
  cleanups.push(() => server.close())
  return path
}

test('nobody there, or somebody who talks nonsense', async () => {
  await expect(connectToExport(place(), 'disc')).rejects.toThrow('ENOENT')
  await expect(connectToExport(await talking(Buffer.alloc(18)), 'disc')).rejects.toThrow('does not talk NBD')
  await expect(connectToExport(await talking(Buffer.from('NBD')), 'disc')).rejects.toThrow(
    'closed the connection',
  )
})
