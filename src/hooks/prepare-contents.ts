// Whether anything is on a formatted disc, by its blocks: that it has a format says nothing about what has been written to it since.
import { profiles } from '../media/profiles.ts'
import type { Clock } from '../mmc/clock.ts'
import type { Transport } from '../mmc/transport.ts'
import { AttentiveTransport } from '../packet/attention.ts'
import { mostBlocks } from '../packet/blocks.ts'
import { MmcDrive } from '../packet/mmc-drive.ts'

/** Read at once: whole packets of every medium, and what every transport carries. */
const span = 32
/**
 * Blocks read in one piece at both ends. Partition tables, file systems, LUKS and LVM have their marks in the first 128 KiB, UDF its
 * anchor in block 256 (ECMA-167 3/8.4.2.1), and copies of all of them are in the last blocks.
 */
const ends = 512
/** The second superblock of btrfs, at 64 MiB. */
const mirror = 32_768
/** Spans in between, for what has no mark: an archive, a lone image. */
const samples = 32

/** Addresses of the spans that are read, ascending, each once. */
function spansToRead(blocks: number): number[] {
  const last = Math.max(0, Math.ceil(blocks / span) - 1)
  const edge = ends / span
  const chosen = new Set<number>()
  for (let i = 0; i < edge; i++) chosen.add(Math.min(i, last)).add(Math.max(0, last - i))
  chosen.add(Math.min(mirror / span, last))
  for (let i = 1; i <= samples; i++) chosen.add(Math.floor((last * i) / (samples + 1)))
  return [...chosen].sort((a, b) => a - b).map((index) => index * span)
}

const isZero = (block: Buffer): boolean => block.equals(Buffer.alloc(block.length))

export interface FormattedDisc {
  profile: number
  /** Blocks of 2048 bytes. */
  blocks: number
}

/**
 * What is on a formatted disc, as a phrase; undefined when every block that was read holds zeros. A block that the drive refuses because
 * nobody has written it holds zeros; any other block that cannot be read counts as written, and so does what an abort left unread.
 */
export async function contentsFound(
  transport: Transport,
  { profile, blocks }: FormattedDisc,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<string | undefined> {
  const { packetBlocks = mostBlocks } = profiles.get(profile) ?? {}
  const drive = new MmcDrive(new AttentiveTransport(transport), { packetBlocks, blocks, clock, retries: 1 })
  for (const lba of spansToRead(blocks)) {
    if (signal.aborted) return 'not all of it was looked at'
    try {
      const data = await drive.read(lba, Math.min(span, blocks - lba))
      if (!data.every(isZero)) return `something is written near block ${lba}`
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      return `what it holds near block ${lba} cannot be read (${why})`
    }
  }
  return undefined
}
