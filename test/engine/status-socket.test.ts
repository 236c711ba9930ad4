// status.sock is for anybody: whoever connects is answered and hung up on, and nobody takes another one's place.
import { connect, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { openSockets } from '../../src/engine/sockets.ts'
import { socketDir } from '../nbd/memory.ts'
import { ask, control, stage } from './harness.ts'

async function served(status: () => object): Promise<string> {
  const { dir, remove } = socketDir()
  const sockets = await openSockets(`${dir}/control.sock`, `${dir}/status.sock`, async () => ({}), status)
  onTestFinished(async () => {
    await sockets.close()
    await remove()
  })
  return `${dir}/status.sock`
}

/** Connects and never reads, never writes, never hangs up. */
const idle = (path: string): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect({ path, allowHalfOpen: true }, () => resolve(socket))
    socket.pause()
    socket.on('error', reject)
    onTestFinished(() => void socket.destroy())
  })

test('300 clients that stay, and each question is answered', async () => {
  const path = await served(() => ({ state: 'serving' }))
  for (let round = 0; round < 30; round++) {
    await Promise.all(Array.from({ length: 10 }, () => idle(path)))
    expect(JSON.parse(await ask(path))).toEqual({ state: 'serving' })
  }
})

test('400 questions at once: each is answered, whole', async () => {
  const status = { state: 'serving', text: 'x'.repeat(20_000) }
  const path = await served(() => status)
  const answers = await Promise.all(Array.from({ length: 400 }, () => ask(path)))
  expect(answers.filter((text) => text !== `${JSON.stringify(status)}\n`)).toEqual([])
})

test('a client that reads late has its answer all the same', async () => {
  const path = await served(() => ({ state: 'serving' }))
  const late = await idle(path)
  for (let i = 0; i < 100; i++) await ask(path)
  const text = await new Promise<string>((resolve) => {
    let got = ''
    late.on('data', (data) => {
      got += data.toString()
    })
    late.on('end', () => resolve(got))
    late.resume()
  })
  expect(JSON.parse(text)).toEqual({ state: 'serving' })
})

test('an object that is given again is made into text once', async () => {
  let read = 0
  const status = {
    get state() {
      read++
      return 'serving'
    },
  }
  const path = await served(() => status)
  for (let i = 0; i < 20; i++) await ask(path)
  expect(read).toBe(1)
})

test('what was kept is not told when something has become dirty since', async () => {
  const engine = await stage({ kind: 'cd-rw', blocks: 4096 }).start()
  const dirty = async (): Promise<number> => JSON.parse(await ask(`${engine.dir}/status.sock`)).stats.dirty
  const client = await engine.attach()
  expect(await dirty()).toBe(0)
  client.request(1, 0, 2048)
  client.send(Buffer.alloc(2048, 1))
  await client.reply()
  expect(await dirty()).toBe(1)
  await control(engine, { do: 'flush' })
  expect(await dirty()).toBe(0)
})
