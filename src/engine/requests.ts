// What control.sock understands: one JSON object a line, one answer a line.
import { senseCode } from '../mmc/sense.ts'
import { asBlockError } from '../packet/error.ts'
import type { EngineStatus, StandByStatus } from '../packet/status.ts'

export interface Answerer {
  status(): EngineStatus | StandByStatus
  flush(): Promise<void>
  /** Ends with why it failed, if it did. */
  stop(): Promise<string | undefined>
}

export type Answer =
  | { ok: true; status?: EngineStatus | StandByStatus }
  | { ok: false; error: string; sense?: string }

/** `status`, `flush`, `stop`, or undefined for what is none of them. */
function parse(line: string): 'status' | 'flush' | 'stop' | undefined {
  try {
    const value: unknown = JSON.parse(line)
    if (typeof value !== 'object' || value === null) return undefined
    if ('ask' in value && value.ask === 'status') return 'status'
    return 'do' in value && (value.do === 'flush' || value.do === 'stop') ? value.do : undefined
  } catch {
    return undefined
  }
}

/** Carries out one line and gives what to answer. Never rejects. */
export async function answer(line: string, engine: Answerer): Promise<Answer> {
  try {
    switch (parse(line)) {
      case 'status':
        return { ok: true, status: engine.status() }
      case 'flush':
        await engine.flush()
        return { ok: true }
      case 'stop': {
        const error = await engine.stop()
        return error === undefined ? { ok: true } : { ok: false, error }
      }
      default:
        return { ok: false, error: 'not understood; try {"ask":"status"}, {"do":"flush"} or {"do":"stop"}' }
    }
  } catch (error) {
    const { message, sense } = asBlockError(error)
    return { ok: false, error: message, ...(sense === undefined ? {} : { sense: senseCode(sense) }) }
  }
}
