// What is heard from whoever serves a disc. Anything but an answer that is understood is silence, with a reason.
import { mkdirSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { engineStatus, hearEngine, packetsLeft } from '../../src/disc/engine-status.ts'
import type { System } from '../../src/system/system.ts'
import { machine } from '../cli/machine.ts'

const engine = {
  ...{ drive: 'sr0', state: 'serving', medium: 'cd-rw', packetBlocks: 32, blocks: 4096, startedAt: 1 },
  stats: { requests: { writes: 3 }, packetsWritten: 0, dirty: 5, errors: 0 },
}
const standBy = { drive: 'sr0', state: 'serving', backend: 'direct', startedAt: 1 }

/** A machine on whose status.sock `serve` answers. */
async function answering(serve: (socket: Socket) => void): Promise<System> {
  const system = machine({})
  const dir = path.join(system.root, 'run/pktw/sr0')
  mkdirSync(dir, { recursive: true })
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    open.add(socket)
    socket.on('error', () => undefined)
    serve(socket)
  })
  await new Promise<void>((resolve) => server.listen(path.join(dir, 'status.sock'), resolve))
  onTestFinished(() => {
    for (const socket of open) socket.destroy()
    server.close()
  })
  return system
}

test('an engine, and the kernel with a program that stands by', async () => {
  const answer = (status: object) => answering((socket) => socket.end(`${JSON.stringify(status)}\n`))
  expect(await hearEngine(await answer(engine), 'sr0')).toEqual({ engine })
  expect(await packetsLeft(await answer(engine), 'sr0')).toBe(5)
  expect(await hearEngine(await answer(standBy), 'sr0')).toEqual({ standBy })
  expect(await engineStatus(await answer(standBy), 'sr0')).toBeUndefined()
})

test.each<[string, (socket: Socket) => void, string]>([
  ['nothing, and the connection stays', () => undefined, 'no answer within 1 s'],
  ['a byte now and then, without an end', drip, 'no answer within 1 s'],
  ['nothing, and it hangs up', (socket) => socket.end(), 'its answer is not understood'],
  ['no JSON', (socket) => socket.end('serving\n'), 'its answer is not understood'],
  ['half of it', (socket) => socket.end(JSON.stringify(engine).slice(0, 50)), 'its answer is not understood'],
  ['null', (socket) => socket.end('null'), 'its answer is not understood'],
  ['no number of packets', withDirty('0'), 'its answer is not understood'],
  ['more than anybody says', (socket) => socket.end(`"${'x'.repeat(70_000)}"`), 'the answer is too long'],
])('silence: %s', async (_what, serve, silence) => {
  const system = await answering(serve)
  expect(await hearEngine(system, 'sr0')).toEqual({ silence })
  expect(await packetsLeft(system, 'sr0')).toBeUndefined()
})

test('silence: nobody listens', async () => {
  expect(await hearEngine(machine({}), 'sr0')).toEqual({ silence: 'it is not running' })
})

function drip(socket: Socket): void {
  const timer = setInterval(() => socket.write(' '), 50)
  socket.on('close', () => clearInterval(timer))
}

function withDirty(dirty: unknown): (socket: Socket) => void {
  return (socket) => socket.end(JSON.stringify({ ...engine, stats: { ...engine.stats, dirty } }))
}
