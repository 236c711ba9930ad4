// pktw stats: the counters of one disc for monitoring systems. Keys are flat, documented in docs/cli.md, only ever added.
import { diagnose } from '../diagnostics/catalogue.ts'
import { exit, Stop } from '../diagnostics/stop.ts'
import { hearEngine } from '../disc/engine-status.ts'
import { needMapped } from '../disc/mapped-drives.ts'
import type { EngineStatus, StandByStatus } from '../packet/status.ts'
import { realSystem } from '../system/real.ts'
import type { System } from '../system/system.ts'
import { whichDrive } from './drives.ts'
import type { StatsOptions } from './options.ts'
import { say, sayJson } from './terminal.ts'

const uptime = ({ startedAt }: { startedAt: number }, now: number): number =>
  Math.max(0, Math.floor((now - startedAt) / 1000))

/** What the engine does not tell is left out. `now` in ms since 1970. */
export function statsOf(status: EngineStatus, now: number): Record<string, string | number> {
  const { stats, wear } = status
  const all = {
    drive: status.drive,
    medium: status.medium,
    backend: status.backend ?? 'engine',
    state: status.state,
    flush: status.flush,
    attached: status.attached ? 1 : 0,
    uptime_seconds: uptime(status, now),
    disc_blocks: status.blocks,
    packet_blocks: status.packetBlocks,
    requests_read: stats.requests.reads,
    requests_write: stats.requests.writes,
    requests_flush: stats.requests.flushes,
    packets_written: stats.packetsWritten,
    packets_read: stats.packetsRead,
    packets_dirtied: stats.packetsDirtied,
    packets_waiting: stats.waiting,
    packets_dirty: stats.dirty,
    blocks_read: stats.blocksRead,
    blocks_from_memory: stats.blocksFromMemory,
    synchronizes: stats.synchronizes,
    errors: stats.errors,
    bad_blocks: status.badBlocks,
    lost_packets: status.losses?.length ?? 0,
    journal_lost: status.journalLost === undefined ? 0 : 1,
    journal_bytes: status.journalBytes,
    speed_kb_per_second: status.speed,
    wear_packets_written: wear?.packetsWritten,
    wear_hottest_packet: wear?.hottest?.packet,
    wear_hottest_writes: wear?.hottest?.writes,
  }
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, string | number] => entry[1] !== undefined),
  )
}

/** Of a disc that the kernel writes. `now` in ms since 1970. */
const standByStats = (status: StandByStatus, now: number): Record<string, string | number> => ({
  drive: status.drive,
  ...(status.medium === undefined ? {} : { medium: status.medium }),
  backend: status.backend,
  state: status.state,
  uptime_seconds: uptime(status, now),
})

/** Gives the exit code; throws Stop when the disc is not mapped or its engine does not answer. */
export async function stats(options: StatsOptions, system: System = realSystem()): Promise<number> {
  const drive = await whichDrive(system, options.drive, 'stats')
  const { engine, standBy, silence } = await hearEngine(system, drive)
  if (silence !== undefined) {
    await needMapped(system, drive)
    throw new Stop([diagnose('cli.engine-silent', { drive })])
  }
  const told = engine === undefined ? standByStats(standBy, Date.now()) : statsOf(engine, Date.now())
  if (options.json) sayJson(told)
  else
    say(
      Object.entries(told)
        .map(([key, value]) => `${key} ${value}`)
        .join('\n'),
    )
  return exit.done
}
