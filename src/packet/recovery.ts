// What a journal says that was left behind.
import { blockBytes } from './drive.ts'
import { decodeRecords, type JournalRecord } from './journal-record.ts'
import type { GivenUp } from './loss-record.ts'
import type { Loss } from './status.ts'

export interface JournalFile {
  segment: number
  data: Buffer
}

export interface JournalContents {
  /** What the newest state record says; undefined when there is no record at all. */
  state: unknown
  /** Blocks, oldest first, each with the file it is in and the number of its record; without those that were given up. */
  blocks: { segment: number; sequence: number; lba: number; data: Buffer }[]
  /** What the medium had in a packet before it was written to, as checksums of its blocks, by its first block; all that is known. */
  bases: Map<number, (readonly number[])[]>
  /** Losses that no flush has reported. */
  untold: readonly Loss[]
  nextSegment: number
  nextSequence: number
  /** Files that are there, with their bytes. */
  existing: { segment: number; bytes: number }[]
}

/** Something that a power cut does not do to a journal. */
export class DamagedJournal extends Error {
  override name = 'DamagedJournal'
}

/**
 * Reads the files of one journal, ascending. A power cut may end the file that was written to anywhere, so what follows
 * the last whole record there is left out; nothing may be missing before it. Throws DamagedJournal.
 */
export function readJournal(files: readonly JournalFile[]): JournalContents {
  const contents: JournalContents = {
    state: undefined,
    blocks: [],
    bases: new Map(),
    untold: [],
    nextSegment: (files.at(-1)?.segment ?? 0) + 1,
    nextSequence: 1,
    existing: files.map(({ segment, data }) => ({ segment, bytes: data.length })),
  }
  let expected: number | undefined
  for (const { segment, data } of files) {
    const { records } = decodeRecords(data)
    const [first] = records
    if (first === undefined) continue
    if (first.kind !== 'state') throw new DamagedJournal(`file ${segment} does not begin with a state`)
    for (const record of records) {
      if (expected !== undefined && record.sequence !== expected) {
        throw new DamagedJournal(`record ${expected} is missing before file ${segment}`)
      }
      expected = record.sequence + 1
      keep(contents, segment, record)
    }
  }
  if (
    expected === undefined &&
    files.some(({ data }) => data.length > 0 && data.some((byte) => byte !== 0))
  ) {
    throw new DamagedJournal('no record can be read')
  }
  contents.nextSequence = expected ?? 1
  return contents
}

function keep(contents: JournalContents, segment: number, record: JournalRecord): void {
  if (record.kind === 'state') {
    contents.state = record.state
  } else if (record.kind === 'losses') {
    contents.untold = record.untold
    const { lost } = record
    if (lost === undefined) return
    contents.blocks = contents.blocks.flatMap((kept) => without(kept, lost))
    // Its place has some of what was refused.
    for (const lba of contents.bases.keys())
      if (lba >= lost.lba && lba < lost.lba + lost.blocks) contents.bases.delete(lba)
  } else if (record.kind === 'base') {
    const bases = contents.bases.get(record.lba)
    if (bases === undefined) contents.bases.set(record.lba, [record.sums])
    else bases.push(record.sums)
  } else {
    contents.blocks.push({ segment, sequence: record.sequence, lba: record.lba, data: record.data })
  }
}

/** What is left of a record when blocks of it are given up. */
function without(kept: JournalContents['blocks'][number], { lba, blocks, before }: GivenUp) {
  const end = kept.lba + kept.data.length / blockBytes
  if (kept.sequence >= before || end <= lba || kept.lba >= lba + blocks) return [kept]
  const part = (from: number, to: number) =>
    from >= to
      ? []
      : [
          {
            ...kept,
            lba: from,
            data: kept.data.subarray((from - kept.lba) * blockBytes, (to - kept.lba) * blockBytes),
          },
        ]
  return [...part(kept.lba, Math.min(end, lba)), ...part(Math.max(kept.lba, lba + blocks), end)]
}

/** Every version of a block that the journal has, newest last. */
export function versionsOf(contents: Pick<JournalContents, 'blocks'>): Map<number, Buffer[]> {
  const versions = new Map<number, Buffer[]>()
  for (const { lba, data } of contents.blocks) {
    for (let at = 0; at < data.length; at += blockBytes) {
      const block = lba + at / blockBytes
      const known = versions.get(block)
      const version = data.subarray(at, at + blockBytes)
      if (known === undefined) versions.set(block, [version])
      else known.push(version)
    }
  }
  return versions
}
