// The host's end of the line to the agent: requests out, answers back by id.
import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import { LabError } from './host.ts'
import { type Answer, lineReader, type Request } from './protocol.ts'

type Body = Request extends infer R ? (R extends { id: number } ? Omit<R, 'id'> : never) : never
type Ok = Extract<Answer, { ok: true }>

export interface Link {
  /** Rejects with LabError when the guest refuses, does not answer in time, or the machine is gone. */
  ask(body: Body, timeoutMs: number): Promise<Ok>
  /** Resolves at the next start of an agent (a reboot). */
  nextHello(timeoutMs: number): Promise<void>
  close(): void
}

/** Connects to the machine's agent socket; the agent need not be up yet, requests wait for it. */
export const openLink = async (socketPath: string): Promise<Link> => {
  const socket: Socket = createConnection(socketPath)
  await once(socket, 'connect')
  const waiting = new Map<number, { resolve: (answer: Ok) => void; reject: (error: Error) => void }>()
  const hellos = new Set<() => void>()
  let nextId = 1
  const drop = (why: string): void => {
    for (const { reject } of waiting.values()) reject(new LabError(why))
    waiting.clear()
  }
  socket.on(
    'data',
    lineReader<Answer>((answer) => {
      if ('hello' in answer) {
        for (const tell of hellos) tell()
        return
      }
      const request = waiting.get(answer.id)
      waiting.delete(answer.id)
      if (answer.ok) request?.resolve(answer)
      else request?.reject(new LabError(`guest: ${answer.error}`))
    }),
  )
  socket.on('error', () => {})
  socket.on('close', () => drop('the machine is gone'))
  const inTime = <T>(
    timeoutMs: number,
    what: string,
    start: (done: (value: T) => void, fail: (e: Error) => void) => void,
  ) =>
    new Promise<T>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new LabError(`${what}: no answer in ${timeoutMs / 1000} s`)),
        timeoutMs,
      )
      start(
        (value) => {
          clearTimeout(timer)
          resolve(value)
        },
        (error) => {
          clearTimeout(timer)
          reject(error)
        },
      )
    })
  return {
    ask: (body, timeoutMs) =>
      inTime<Ok>(timeoutMs, `guest ${body.do}`, (resolve, reject) => {
        if (socket.destroyed) return reject(new LabError('the machine is gone'))
        const id = nextId++
        waiting.set(id, { resolve, reject })
        socket.write(`${JSON.stringify({ id, ...body })}\n`)
      }),
    nextHello: (timeoutMs) => {
      let tell = (): void => {}
      return inTime<void>(timeoutMs, 'guest start', (resolve) => {
        tell = resolve
        hellos.add(tell)
      }).finally(() => hellos.delete(tell))
    },
    close: () => socket.destroy(),
  }
}
