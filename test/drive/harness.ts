// What the drive's own tests share: commands as people write them, a clock that stands still.
import { Buffer } from 'node:buffer'
import { Disc, type DiscOptions } from './disc.ts'
import { Drive, type DriveOptions } from './drive.ts'
import type { Answer, Clock } from './execute.ts'
import { senseText } from './sense.ts'

/** A CDB from hexadecimal text, `'52 01 0000 0001 00 0022 00'`, padded to 12 bytes. */
export const cdb = (text: string): Buffer => Buffer.concat([Buffer.from(text.replaceAll(' ', ''), 'hex')], 12)

/** Runs one command; `good` or the sense, and the data. */
export function ask(drive: Drive, text: string, out: Buffer = Buffer.alloc(0)): Answer & { result: string } {
  const answer = drive.execute(cdb(text), out)
  return { ...answer, result: answer.status === 0 ? 'good' : answer.sense ? senseText(answer.sense) : '?' }
}

/** Swallows what a drive reports after power-on and load. */
export function settleIn(drive: Drive): Drive {
  for (let i = 0; i < 4; i++) ask(drive, '00 00 00 00 00 00')
  return drive
}

/** A drive that writes everything, with a disc of 32 MiB in it. */
export function loaded(disc: DiscOptions, options: DriveOptions = {}): { drive: Drive; disc: Disc } {
  const drive = new Drive({ profile: 'bd', ...options })
  const d = new Disc({ blocks: 16384, ...disc })
  drive.insert(d)
  return { drive: settleIn(drive), disc: d }
}

const w4 = (n: number): string => n.toString(16).padStart(8, '0')
const w2 = (n: number): string => n.toString(16).padStart(4, '0')

/** READ(10). */
export const read10 = (drive: Drive, lba: number, count: number) =>
  ask(drive, `28 00 ${w4(lba)} 00 ${w2(count)} 00`)

/** WRITE(10); `data` is blocks of 2048 bytes. */
export const write10 = (drive: Drive, lba: number, data: Buffer) =>
  ask(drive, `2a 00 ${w4(lba)} 00 ${w2(data.length / 2048)} 00`, data)

export const flush = (drive: Drive) => ask(drive, '35 00 00000000 00 0000 00')

/** Blocks that each begin with their number and a mark. */
export function blocks(lba: number, count: number, mark: number): Buffer {
  const b = Buffer.alloc(count * 2048, mark)
  for (let i = 0; i < count; i++) b.writeUInt32BE(lba + i, i * 2048)
  return b
}

/** MODE SELECT(10) of page 05h for packets, as the kernel's driver sent it: 32 blocks, block type `type`. */
export function packetMode(drive: Drive, type = 10, packet = 32) {
  const b = Buffer.alloc(8 + 52)
  b.set([0x05, 0x32, 0x40, 0x25, type], 8)
  b.writeUInt32BE(packet, 18)
  b[23] = 0x96
  return ask(drive, '55 10 00 00 00 00 00 003c 00', b)
}

/** Time that moves when told. */
export function stillClock(): Clock & { advance(ms: number): void } {
  let time = 0
  let timers: { at: number; fn: () => void }[] = []
  return {
    now: () => time,
    later(ms, fn) {
      const timer = { at: time + ms, fn }
      timers.push(timer)
      return () => {
        timers = timers.filter((t) => t !== timer)
      }
    },
    advance(ms) {
      time += ms
      const due = timers.filter((t) => t.at <= time)
      timers = timers.filter((t) => t.at > time)
      for (const t of due) t.fn()
    },
  }
}
