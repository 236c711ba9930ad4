// How far a preparation is, in words and as a bar; and waiting for its end.
import { setTimeout as sleep } from 'node:timers/promises'
import { diagnose } from '../diagnostics/catalogue.ts'
import { unitState } from '../disc/units.ts'
import { bytesText, durationText } from '../media/quantities.ts'
import {
  isOver,
  type PreparePhase,
  type PrepareState,
  preparationUnit,
  readPreparation,
} from '../system/preparation.ts'
import type { System } from '../system/system.ts'
import { waiting } from './terminal.ts'

const phaseTexts: Record<PreparePhase, string> = {
  starting: 'getting ready',
  blanking: 'blanking',
  formatting: 'formatting',
  background: 'formatting the rest',
  mapping: 'taking it up',
  'file-system': 'making the file system',
  mounting: 'mounting it',
  done: 'prepared',
  failed: 'failed',
  cancelled: 'cancelled',
}

const width = 20

const bar = (perMille: number): string => {
  const full = Math.round((perMille / 1000) * width)
  return `[${'#'.repeat(full)}${'-'.repeat(width - full)}]`
}

/** `formatting [########------------] 40 %, 2.8 MB/s, 12 min left`. `now` in ms since 1970. */
export function progressText({ phase, perMille, rate, endsAt }: PrepareState, now: number): string {
  const what = phaseTexts[phase]
  if (perMille === undefined) return what
  const more = [
    `${Math.floor(perMille / 10)} %`,
    ...(rate === undefined ? [] : [`${bytesText(rate)}/s`]),
    ...(endsAt === undefined ? [] : [`${durationText(endsAt - now)} left`]),
  ]
  return `${what} ${bar(perMille)} ${more.join(', ')}`
}

/** The unit of the drive is at work. */
export async function isRunning(system: System, drive: string): Promise<boolean> {
  const { active } = await unitState(system, preparationUnit(drive))
  return active === 'activating' || active === 'active' || active === 'deactivating' || active === 'reloading'
}

/** What is told of a service that ended without telling. */
async function died(system: System, drive: string): Promise<PrepareState> {
  const { code, message, remedy = '' } = diagnose('prepare.died', { drive })
  const [known, at] = [await readPreparation(system, drive), Date.now()]
  if (known !== undefined && isOver(known)) return known
  const base = {
    version: 1,
    drive,
    diskseq: '',
    disc: 'unchanged',
    startedAt: at,
    phaseStartedAt: at,
  } as const
  return { ...(known ?? base), phase: 'failed', updatedAt: at, error: { code, message, remedy } }
}

export interface FollowOptions {
  /** ms between two looks at the state; every tenth looks at the unit, too. */
  everyMs?: number
}

/** Waits for the end and shows how far it is. Undefined when the person had enough of waiting (SIGINT). */
export async function follow(
  system: System,
  drive: string,
  { everyMs = 500 }: FollowOptions = {},
): Promise<PrepareState | undefined> {
  const abort = new AbortController()
  const end = (): void => abort.abort()
  process.on('SIGINT', end)
  try {
    return await waiting(`${drive}: getting ready`, async (update) => {
      for (let looks = 0; !abort.signal.aborted; looks++) {
        const state = await readPreparation(system, drive)
        if (state !== undefined && isOver(state)) return state
        if (state !== undefined) update(`${drive}: ${progressText(state, Date.now())}`)
        if (looks % 10 === 9 && !(await isRunning(system, drive))) return died(system, drive)
        await sleep(everyMs, undefined, { signal: abort.signal }).catch(() => undefined)
      }
      return undefined
    })
  } finally {
    process.off('SIGINT', end)
  }
}
