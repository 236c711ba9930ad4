// One command through the drive: attention conditions, busy, faults, then the command itself.
import { fastestReading, mediumSpeeds } from './commands/performance.ts'
import { commands } from './commands/table.ts'
import { BLOCK } from './disc.ts'
import type { Drive } from './drive.ts'
import type { CommandFault } from './faults.ts'
import { PowerWent, Stuck } from './medium.ts'
import { CheckCondition, check, type SenseData, senseText } from './sense.ts'

/** How one command ended. */
export interface Answer {
  status: 0 | 2
  data: Buffer
  /** Bytes of `data` that are the drive's answer, where the rest is left over from earlier commands. Default: all. */
  valid?: number
  /** With status 0 only as a hint: sense that goes with GOOD (DVD+RW background format). */
  sense?: SenseData
  /** When the answer goes out, in ms from the start of the command. */
  delayMs: number
  /** The drive never answers. */
  hang: boolean
}

/** Time, as the drive needs it; tests may pass their own. */
export interface Clock {
  /** ms from any start. */
  now(): number
  /** Runs `fn` after `ms`; returns what cancels it. */
  later(ms: number, fn: () => void): () => void
}

export const realClock: Clock = {
  now: () => performance.now(),
  later: (ms, fn) => {
    const timer = setTimeout(fn, ms)
    return () => clearTimeout(timer)
  },
}

/** Runs a command at once; the time it would take is in the answer. Never throws for what a drive can answer. */
export function execute(drive: Drive, cdb: Buffer, out: Buffer): Answer {
  const opcode = cdb[0] ?? 0
  const answer: Answer = { status: 0, data: Buffer.alloc(0), delayMs: 0, hang: false }
  const record = (result: string) =>
    drive.counters.record(drive.clock.now(), cdb, result, answer.data.length, out.length)
  drive.settle()
  if (drive.loaded) {
    drive.loaded.moved = 0
    drive.loaded.slowMs = 0
    drive.loaded.work = { read: 0, written: 0, flushed: false }
  }
  if (opcode !== 0x03) drive.attention.forget()
  const reports = commands.get(opcode)?.pastAttention !== true
  const fault = drive.faults.takeCommand(opcode, reports)
  try {
    if (fault === 'hang') {
      record('hang')
      return { ...answer, hang: true }
    }
    if (fault !== undefined && typeof fault !== 'string') {
      throw new CheckCondition(fault.key, fault.asc, fault.ascq, fault)
    }
    if (fault === 'short' && out.length > 0) throw check('B/4B/00')
    if (fault === 'reset' || fault === 'brown-out') drive.brownOut(fault === 'reset' ? 'kept' : 'lost')
    answer.data = spoil(run(drive, opcode, cdb, out), fault)
    if (fault === 'residue') answer.valid = Math.floor(answer.data.length / 2)
    if (fault === 'unplug') {
      record('unplug')
      drive.unplug()
      return { ...answer, hang: true }
    }
    if (fault === 'lost') throw check('B/08/00')
    if (fault === 'garbage' && answer.data.length === 0) throw check('0/54/9C')
    if (opcode === 0x00 && drive.backgroundRuns) {
      answer.sense = { key: 0, asc: 0x04, ascq: 0x04, progress: drive.progress() }
      drive.attention.keep(answer.sense)
    }
  } catch (e) {
    if (e instanceof PowerWent) {
      record('power')
      drive.powerOff()
      return { ...answer, hang: true }
    }
    if (e instanceof Stuck) {
      record('hang')
      return { ...answer, hang: true }
    }
    if (!(e instanceof CheckCondition)) throw e
    answer.status = 2
    answer.sense = e.sense
    drive.attention.keep(e.sense)
  }
  answer.delayMs = time(drive, opcode)
  drive.loaded?.rests(drive.clock.now() + answer.delayMs)
  record(answer.status === 0 ? 'good' : senseText(answer.sense as SenseData))
  return answer
}

function run(drive: Drive, opcode: number, cdb: Buffer, out: Buffer): Buffer {
  const entry = commands.get(opcode)
  if (!entry) throw check('5/20/00')
  if (!entry.pastAttention) {
    const first = drive.attention.next()
    if (first) throw new CheckCondition(first.key, first.asc, first.ascq, first)
  }
  const op = drive.operation
  if (op && !op.background && !entry.whileBusy) throw check(op.sense, { progress: drive.progress() })
  const expected = entry.dataOut?.(cdb) ?? 0
  if (out.length < expected) throw check('5/4B/00')
  return entry.run(drive, cdb, out.subarray(0, expected)) ?? Buffer.alloc(0)
}

/** ms: packets moved, the medium's own time, and an operation that the host waits for, which is over when the answer goes out. */
function time(drive: Drive, opcode: number): number {
  const { moved, slowMs } = drive.loaded ?? { moved: 0, slowMs: 0 }
  const { packetLatencyMs, commandLatencyMs, latencyOf } = drive.faults
  const ms =
    moved * packetLatencyMs + commandLatencyMs + (latencyOf.get(opcode) ?? 0) + slowMs + mediumTime(drive)
  const op = drive.operation
  if (!op || op.immediate) return ms
  drive.operation = undefined
  op.finish()
  return ms + Math.max(0, op.endsAt - drive.clock.now())
}

/** ms that the answer waits for the medium of a paced drive. */
function mediumTime(drive: Drive): number {
  const medium = drive.loaded
  if (drive.profile.pace === 0 || !medium) return 0
  // A CD's kB/s count its sectors with all that is around the data.
  const perKB = drive.profile.pace * (medium.disc.family === 'cd' ? (1000 * 2048) / 2352 : 1000)
  return drive.pace.take(drive.clock.now(), medium.work, {
    reading: (drive.readSpeed || fastestReading) * perKB,
    writing: (drive.writeSpeed || (mediumSpeeds(drive)[0] ?? 0)) * perKB,
    buffer: medium.cache.capacity * medium.disc.packetBlocks * BLOCK,
  })
}

function spoil(data: Buffer, fault: CommandFault | undefined): Buffer {
  if (fault === 'short') return data.subarray(0, Math.floor(data.length / 2))
  if (fault === 'garbage') return Buffer.alloc(data.length, 0xa5)
  if (fault === 'residue') return Buffer.concat([data.subarray(0, Math.floor(data.length / 2))], data.length)
  return data
}
