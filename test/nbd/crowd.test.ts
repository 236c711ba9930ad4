// Clients that come in numbers, vanish, or just stand there: nothing is kept for them, and the next one is served.
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, onTestFinished, test, vi } from 'vitest'
import { eventually, serve, settledSockets, sockets, stillServes } from './harness.ts'
import { goData, MemoryExport, optionBytes } from './memory.ts'

const MiB = 1024 * 1024
const flags = Buffer.from([0, 0, 0, 3])

test('clients that vanish in the middle leave neither memory nor sockets behind', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const buffers = () => {
    collect()
    return process.memoryUsage().arrayBuffers
  }
  const served = await serve(new MemoryExport(4 * MiB))
  const before = { sockets: await settledSockets(), bytes: buffers() }
  for (let i = 0; i < 60; i++) {
    const raw = served.client()
    await raw.hello()
    await raw.option(7, goData('disc'))
    raw.request(0, 0, 2 * MiB)
    raw.request(1, 0, 2 * MiB)
    raw.send(Buffer.alloc(2 * MiB))
    raw.request(1, 0, 4 * MiB)
    raw.send(Buffer.alloc(i * 60_000))
    if (i % 2 === 0) await sleep(2)
    await raw.close()
    await eventually(() => !served.server.attached)
  }
  await stillServes(served)
  await eventually(() => sockets() === before.sockets)
  // 60 times at least 4 MiB went through. What was collected is given back by a thread, some time after.
  await eventually(() => buffers() - before.bytes < 4 * MiB)
})

test('as many that say nothing as there is room for: gone after ten seconds', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const served = await serve(new MemoryExport(MiB))
  const before = await settledSockets()
  const idle = Array.from({ length: 16 }, () => served.client())
  for (const raw of idle) await raw.take(18)
  // The seventeenth is turned away at once, and again and again.
  for (let i = 0; i < 20; i++) expect(await served.client().take(18)).toHaveLength(0)
  vi.advanceTimersByTime(10_001)
  for (const raw of idle) expect(await raw.take(1)).toHaveLength(0)
  await stillServes(served)
  await eventually(() => sockets() === before)
})

test('fifteen that never read what they asked for: the sixteenth is served beside them', async () => {
  const served = await serve(new MemoryExport(MiB))
  const before = await settledSockets()
  const deaf = Array.from({ length: 15 }, () => served.client())
  for (const raw of deaf) {
    raw.socket.pause()
    raw.send(flags)
    for (let i = 0; i < 200; i++) raw.send(optionBytes(3))
  }
  await stillServes(served)
  for (const raw of deaf) await raw.close()
  await eventually(() => sockets() === before)
})
