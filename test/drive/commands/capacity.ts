// READ CAPACITY and READ FORMAT CAPACITIES (MMC-6 §6.22, §6.24).
import type { Disc } from '../disc.ts'
import type { Drive } from '../drive.ts'
import { bdRaw, bdSpare } from '../kinds.ts'
import type { CommandGroup } from './table.ts'

/** Blocks, format type, type dependent parameter. */
export type FormatDescriptor = [blocks: number, type: number, parameter: number]

/** Last LBA that can be read, as the drive says: 0 for a disc with nothing complete on it. */
function lastLba(drive: Drive, disc: Disc): number {
  if (disc.state === 'damaged') return 0xfffd0000
  const { capacityLie } = drive.quirks
  if (capacityLie !== 'none' && disc.overwritable) return capacityLie === 'zero' ? 0 : 0xfffd0000
  // Pioneer DVR-x05: 178.5 % until something is written.
  if (drive.freshlyFormatted && drive.quirks.capacityAfterFormat) return Math.floor(disc.blocks * 1.785) - 1
  // Pioneer's manual: 0 for any disc that has no complete session.
  if (disc.state === 'intermediate') return 0
  if (disc.overwritable) return Math.max(0, disc.blocks - 1)
  const open = disc.sessionOpen ? disc.tracks.at(-1)?.session : undefined
  const last = disc.tracks.findLast((t) => t.session !== open)
  return last ? last.start + last.blocks - 1 : 0
}

/** What the disc can be formatted to, as real drives list it. */
export function formatDescriptors(disc: Disc): FormatDescriptor[] {
  const all = disc.fullBlocks
  const part = (n: number): number => Math.round((all * n) / 2236704 / 16) * 16
  const spare = bdSpare(all)
  const raw = bdRaw(all)
  const spares = [spare, Math.round((spare * 5) / 3), Math.max(1, Math.round(spare / 3))]
  switch (disc.kind) {
    // hp PLDS DU8AESH: 11h and 12h are offered with no blocks.
    case 'cd-rw':
      return [
        [all, 0x10, 32],
        [0, 0x11, 32],
        [0, 0x12, 32],
      ]
    case 'dvd-rw': {
      const first: FormatDescriptor[] = [
        [all, 0x00, 0x800],
        [all, 0x10, 0x10],
        [all, 0x15, 0x10],
      ]
      const rest = Math.max(0, all - disc.blocks)
      // libburn's cookbook: 13h and 11h are offered with 0 blocks on a full one, not at all on an intermediate one.
      return disc.state === 'formatted' ? [...first, [rest, 0x13, 0x10], [rest, 0x11, 0x10]] : first
    }
    case 'dvd+rw':
      return [[all, 0x26, 0]]
    case 'dvd-ram':
      return [
        [all, 0x00, 0x800],
        [all + part(58368), 0x00, 0x800],
        [all - part(9728), 0x01, 0x800],
        [all - part(19456), 0x01, 0x800],
      ]
    case 'bd-re':
      return [
        [all, 0x00, spare],
        [raw - (spares[1] as number) * 32, 0x01, spares[1] as number],
        ...spares.map((s): FormatDescriptor => [raw - s * 32, 0x30, s]),
        [raw, 0x31, 0x800],
      ]
    default:
      return []
  }
}

/** Current/maximum capacity descriptor: 1 unformatted, 2 formatted, 3 none or unknown. */
function currentDescriptor(disc: Disc | undefined): [blocks: number, type: number] {
  if (!disc) return [295264, 3]
  if (disc.state === 'intermediate') return [disc.fullBlocks, 3]
  if (disc.state === 'blank' || disc.state === 'fast-blanked') return [disc.recordable, 1]
  return [disc.blocks, 2]
}

function readFormatCapacities(drive: Drive, cdb: Buffer): Buffer {
  if (drive.loaded) drive.medium()
  const disc = drive.loaded?.disc
  const list = disc && drive.writes(disc.profile) ? formatDescriptors(disc) : []
  const b = Buffer.alloc(12 + list.length * 8)
  b[3] = b.length - 4
  const [blocks, type] = currentDescriptor(disc)
  b.writeUInt32BE(blocks, 4)
  b.writeUInt32BE((type << 24) | 2048, 8)
  for (const [i, [size, format, parameter]] of list.entries()) {
    b.writeUInt32BE(size, 12 + i * 8)
    b.writeUInt32BE(((format << 26) | parameter) >>> 0, 16 + i * 8)
  }
  return b.subarray(0, cdb.readUInt16BE(7))
}

export const capacity: CommandGroup = {
  37: {
    run: (drive) => {
      const { disc } = drive.medium()
      const b = Buffer.alloc(8)
      b.writeUInt32BE(lastLba(drive, disc), 0)
      b.writeUInt32BE(2048, 4)
      return b
    },
  },
  35: { run: readFormatCapacities },
}
