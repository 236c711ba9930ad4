// What an engine that hangs looks like from its control socket, and what one that is not there looks like.
import { createServer, type Socket } from 'node:net'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { askAt } from '../../src/hooks/control.ts'
import { socketDir } from '../nbd/memory.ts'

/** A socket whose clients `serve` gets; gives its path. */
async function listen(serve: (socket: Socket) => void): Promise<string> {
  const { dir, remove } = socketDir()
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    serve(socket)
  })
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
    remove()
  })
  const at = path.join(dir, 'control.sock')
  await new Promise<void>((resolve) => server.listen(at, resolve))
  return at
}

test('an engine that takes the question and never answers is silent', async () => {
  const at = await listen(() => undefined)
  expect(await askAt(at, { ask: 'status' }, 50)).toEqual({
    ok: false,
    error: 'no answer within 0.05 s',
    silent: true,
  })
})

test('an engine that is not there is not silent', async () => {
  const { dir, remove } = socketDir()
  onTestFinished(remove)
  const answer = await askAt(path.join(dir, 'control.sock'), { ask: 'status' }, 60_000)
  expect(answer).toEqual({ ok: false, error: expect.stringContaining('ENOENT') })
})

test('an engine that dies over the question is not silent', async () => {
  const at = await listen((socket) => socket.once('data', () => socket.destroy()))
  const answer = await askAt(at, { ask: 'status' }, 60_000)
  expect(answer).toEqual({ ok: false, error: 'the engine closed the connection' })
})

test('a failure that is answered is not silent', async () => {
  const at = await listen((socket) => socket.once('data', () => socket.write('{"ok":false,"error":"EIO"}\n')))
  expect(await askAt(at, { do: 'flush' }, 60_000)).toEqual({ ok: false, error: 'EIO' })
})
