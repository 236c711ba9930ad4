// The part of pktw-prepare@.service that speaks to the drive, over the emulated one and on virtual time.
import { Stop } from '../../src/diagnostics/stop.ts'
import { formatWith } from '../../src/hooks/prepare-medium.ts'
import { PrepareReport } from '../../src/hooks/prepare-report.ts'
import type { DiscNow } from '../../src/mmc/format-failure.ts'
import type { PrepareOrder, PrepareState } from '../../src/system/preparation.ts'
import { Disc, type DiscOptions, Drive } from '../drive/index.ts'
import { VirtualClock } from '../engine/virtual-clock.ts'

export const order: PrepareOrder = {
  version: 1,
  diskseq: '7',
  profile: 0x0a,
  full: false,
  erase: false,
  label: 'PAPERS',
  uid: 1000,
  gid: 100,
}

/** A drive with the disc in it, and what `run` told on the way. */
export function bench(disc: DiscOptions, more: Partial<PrepareOrder> = {}, before: DiscNow = 'unchanged') {
  const clock = new VirtualClock([])
  const drive = new Drive({ clock, ...(disc.kind === 'bd-re' ? { profile: 'bd' } : {}) })
  drive.durations.format = 600_000
  drive.durations.blank = 60_000
  const inside = new Disc({ blocks: 3200, ...disc })
  drive.insert(inside)
  const states: PrepareState[] = []
  const report = new PrepareReport(
    'sr0',
    '7',
    async (state) => {
      states.push(state)
    },
    () => 1_700_000_000_000 + clock.now(),
    before,
  )
  const abort = new AbortController()
  let lost: string | undefined
  const job = {
    ...{ drive: 'sr0', order: { ...order, ...more }, report, clock },
    ...{ signal: abort.signal, lost: () => lost },
  }
  return {
    ...{ drive, disc: inside, report, states, clock, abort },
    lose: (why: string) => {
      lost = why
    },
    async run(): Promise<string | undefined> {
      const running = formatWith(drive.transport(), job)
      const ended = running.then(
        () => undefined,
        async (error: unknown) => {
          if (!(error instanceof Stop)) throw error
          await report.failed(error.diagnostics[0] as NonNullable<(typeof error.diagnostics)[0]>, '3/31/01')
          return error.diagnostics[0]?.code
        },
      )
      await clock.until(ended, 10_000_000)
      return ended
    },
  }
}
