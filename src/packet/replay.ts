// Which packets of a journal may be written to the disc. A journal that should have gone and did not, or a disc that another
// program wrote to without touching a witness, must not put older data over newer.
//
// A packet's base is what the medium had when the packet was logged (Journal.appendBase). All that the engine wrote there since
// follows in the journal as a whole packet, so each block of the medium is as in a base, as in one of the journal's versions, or
// unreadable. A packet whose base was never known, since it was overwritten as a whole, is taken as it is.
import { crc32 } from 'node:zlib'
import { blockBytes } from './drive.ts'
import { type JournalContents, versionsOf } from './recovery.ts'
import type { TryRead } from './witness.ts'

/** Packets, by their first block, that somebody else has written since. Rejects as `read`. */
export async function foreignPackets(
  contents: Pick<JournalContents, 'blocks' | 'bases'>,
  read: TryRead,
): Promise<Set<number>> {
  const foreign = new Set<number>()
  if (contents.bases.size === 0) return foreign
  const versions = versionsOf(contents)
  for (const [first, bases] of contents.bases) {
    const blocks = bases[0]?.length ?? 0
    const isLogged = Array.from({ length: blocks }, (_, i) => versions.has(first + i)).some(Boolean)
    if (!isLogged) continue
    const packet = await read(first, blocks)
    for (let i = 0; i < blocks && !foreign.has(first); i++) {
      const block = packet?.subarray(i * blockBytes, (i + 1) * blockBytes) ?? (await read(first + i, 1))
      if (block === undefined) continue
      const sum = crc32(block)
      const own = versions.get(first + i) ?? []
      if (!bases.some((sums) => sums[i] === sum) && !own.some((version) => version.equals(block)))
        foreign.add(first)
    }
  }
  return foreign
}

/** The records with what belongs to these packets taken out, and that by itself. */
export function withoutPackets(
  blocks: JournalContents['blocks'],
  packets: ReadonlySet<number>,
  packetBlocks: number,
): { rest: JournalContents['blocks']; taken: JournalContents['blocks'] } {
  if (packets.size === 0) return { rest: blocks, taken: [] }
  const rest: JournalContents['blocks'] = []
  const taken: JournalContents['blocks'] = []
  for (const record of blocks) {
    const end = record.lba + record.data.length / blockBytes
    for (let lba = record.lba; lba < end; ) {
      const first = lba - (lba % packetBlocks)
      const to = Math.min(end, first + packetBlocks)
      const data = record.data.subarray((lba - record.lba) * blockBytes, (to - record.lba) * blockBytes)
      const into = packets.has(first) ? taken : rest
      into.push({ ...record, lba, data })
      lba = to
    }
  }
  return { rest, taken }
}
