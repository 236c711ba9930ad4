// What the engine of a disc tells, as rows of `pktw status`.

import { lossText, lostText } from '../disc/loss-text.ts'
import { bytesText, countText, durationText, sizeText, speedText } from '../media/quantities.ts'
import type { EngineStatus, StandByStatus } from '../packet/status.ts'

/** Label and values; further values stand below the first. */
export type Row = readonly [label: string, values: readonly string[]]

const joined = (parts: readonly (string | undefined | false)[]): string =>
  parts.filter((part) => part !== undefined && part !== false && part !== '').join(', ')

function waitingText({ stats, packetBlocks, journalBytes }: EngineStatus): string {
  // An engine that does not gather has no `waiting`: all that is dirty is in the drive's cache.
  const { waiting = 0, dirty } = stats
  const cached = dirty - waiting
  const text = joined([
    waiting > 0 && `${countText(waiting, 'packet')} (${sizeText(waiting * packetBlocks)}) in memory`,
    cached > 0 && `${countText(cached, 'packet')} in the drive's cache`,
  ])
  return joined([
    text === '' ? 'none: everything is on the disc' : text,
    journalBytes !== undefined && `journal ${bytesText(journalBytes)}`,
  ])
}

function cacheText({ stats }: EngineStatus): string[] {
  const { blocksFromMemory: hits } = stats
  if (hits === undefined) return []
  const all = hits + stats.blocksRead
  if (all === 0) return ['nothing read yet']
  return [`${Math.floor((100 * hits) / all)} % of what was read came from memory (${sizeText(hits)})`]
}

const hottestText = (hottest: { packet: number; writes: number } | undefined): string | undefined =>
  hottest && `packet ${hottest.packet} most often: ${countText(hottest.writes, 'time')}`

function wearText({ wear, stats, packetBlocks }: EngineStatus): string[] {
  if (wear !== undefined)
    return [
      joined([
        `${countText(wear.packetsWritten, 'packet')} (${sizeText(wear.packetsWritten * packetBlocks)}) written in the disc's life`,
        hottestText(wear.hottest),
      ]),
    ]
  const hottest = hottestText(stats.hottest)
  return hottest === undefined ? [] : [`since it was mapped: ${hottest}`]
}

/** Losses that are listed; `pktw status --json` has all. */
const mostLosses = 5

function lostRows({ losses = [] }: EngineStatus): string[] {
  if (losses.length === 0) return []
  const newest = losses.slice(-mostLosses).reverse()
  return [`${lostText(losses)} that the disc does not have`, ...newest.map(lossText)]
}

/** Of a disc that the kernel writes. `now` in ms since 1970. */
export const standByRows = ({ backend, state, startedAt }: StandByStatus, now: number): Row[] => [
  ['backend', [`${backend}, ${state} for ${durationText(now - startedAt)}`]],
  ['dirty', ['not known: the kernel writes the disc; eject it before you take it out']],
]

/** `now` in ms since 1970. */
export function engineRows(status: EngineStatus, now: number): Row[] {
  const { stats, packetBlocks, medium, speed, journalLost, badBlocks = 0 } = status
  const { requests } = stats
  return [
    [
      'backend',
      [
        joined([
          status.backend ?? 'engine',
          `${status.state} for ${durationText(now - status.startedAt)}`,
          !status.attached && 'not attached',
          status.flush && `flushes to the ${status.flush}`,
        ]),
      ],
    ],
    ['speed', speed === undefined ? [] : [speedText(speed, medium)]],
    ['dirty', [waitingText(status)]],
    ['lost', lostRows(status)],
    ['journal', journalLost === undefined ? [] : [`lost: every flush waits for the disc (${journalLost})`]],
    [
      'written',
      [
        joined([
          `${countText(stats.packetsWritten, 'packet')} (${sizeText(stats.packetsWritten * packetBlocks)}) for ${countText(requests.writes, 'request')}`,
          stats.packetsDirtied !== undefined && `at best ${stats.packetsDirtied}`,
        ]),
      ],
    ],
    [
      'read',
      [
        `${sizeText(stats.blocksRead)} from the disc for ${countText(requests.reads, 'request')}; ${countText(stats.packetsRead, 'packet')} in all`,
      ],
    ],
    ['cache', cacheText(status)],
    ['wear', wearText(status)],
    [
      'errors',
      [
        joined([
          stats.errors === 0 ? 'none' : String(stats.errors),
          badBlocks > 0 && countText(badBlocks, 'bad block'),
        ]),
        ...(stats.lastError === undefined ? [] : [`last: ${stats.lastError}`]),
      ],
    ],
  ]
}
