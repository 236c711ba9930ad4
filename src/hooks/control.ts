// Asks the engine of a drive over its control socket.
import { connect } from 'node:net'
import { paths } from './state.ts'

export interface Answer {
  ok: boolean
  error?: string
  sense?: string
  status?: { attached?: boolean }
  /** Whoever has the socket did not answer in time. Without it and not `ok`: nobody has it, or it was answered that it failed. */
  silent?: true
}

/** Characters of an answer at the most: the engine is not root, and not trusted with root's memory. */
const longestAnswer = 65_536

/** What it says with anything but `ok: true` or `ok: false` is no answer. */
export function parseAnswer(line: string): Answer {
  const bad: Answer = { ok: false, error: 'the engine answered something that is not understood' }
  try {
    const value: unknown = JSON.parse(line)
    if (typeof value !== 'object' || value === null || !('ok' in value)) return bad
    return typeof value.ok === 'boolean' ? (value as Answer) : bad
  } catch {
    return bad
  }
}

/** Sends one request to the drive's engine and gives the answer; `ok: false` when there is none, or no engine. */
export const ask = (drive: string, request: object, timeoutMs: number): Promise<Answer> =>
  askAt(`${paths.runtime(drive)}/control.sock`, request, timeoutMs)

/** The same, of whoever listens at `path`. Never rejects. */
export function askAt(path: string, request: object, timeoutMs: number): Promise<Answer> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.setEncoding('utf8')
    let text = ''
    const end = (answer: Answer): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(timeoutMs, () =>
      end({ ok: false, error: `no answer within ${timeoutMs / 1000} s`, silent: true }),
    )
    // EAGAIN: so many wait for an answer that no more may.
    socket.on('error', (error: NodeJS.ErrnoException) =>
      end({ ok: false, error: error.message, ...(error.code === 'EAGAIN' ? { silent: true } : {}) }),
    )
    socket.on('connect', () => socket.write(`${JSON.stringify(request)}\n`))
    socket.on('close', () => end({ ok: false, error: 'the engine closed the connection' }))
    socket.on('data', (data) => {
      text += data
      const at = text.indexOf('\n')
      if (at < 0) {
        if (text.length > longestAnswer) end({ ok: false, error: 'the engine does not end its answer' })
        return
      }
      end(parseAnswer(text.slice(0, at)))
    })
  })
}
