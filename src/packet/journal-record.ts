// What the journal is made of: records one after the other, each of which proves itself. A file that a power cut ended
// anywhere is read up to the first record that does not.
//
//   0  magic "PKJ1"        4  kind: 1 blocks, 2 state,     8  sequence number (64 bits), one more than the record before
//                            3 losses, 4 base
//  16  first block, or 0  20  bytes of payload            24  CRC-32 of the payload   28  CRC-32 of the 28 bytes before
//  32  payload: whole blocks of 2048 bytes, JSON, or a base: the CRC-32 of each block of the packet at 16, as the medium had it                                            (all big-endian)
import { crc32 } from 'node:zlib'
import { blockBytes } from './drive.ts'
import { type LossRecord, lossRecordOf } from './loss-record.ts'

const headerBytes = 32
const magic = 0x504b4a31
const kinds = { blocks: 1, state: 2, losses: 3, base: 4 } as const
/** Bytes of a checksum. */
const sumBytes = 4
/** Bytes of one record's payload at the most: what the longest request of a client can bring. */
const longestPayload = 64 * 1024 * 1024

export type JournalRecord = { sequence: number } & (
  | { kind: 'blocks'; lba: number; data: Buffer }
  | { kind: 'state'; state: unknown }
  | { kind: 'base'; lba: number; sums: readonly number[] }
  | ({ kind: 'losses' } & LossRecord)
)

function header(kind: keyof typeof kinds, sequence: number, lba: number, payload: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(headerBytes)
  head.writeUInt32BE(magic, 0)
  head.writeUInt32BE(kinds[kind], 4)
  head.writeBigUInt64BE(BigInt(sequence), 8)
  head.writeUInt32BE(lba, 16)
  head.writeUInt32BE(
    payload.reduce((sum, piece) => sum + piece.length, 0),
    20,
  )
  head.writeUInt32BE(
    payload.reduce((sum, piece) => crc32(piece, sum), 0),
    24,
  )
  head.writeUInt32BE(crc32(head.subarray(0, 28)), 28)
  return head
}

/** Blocks from `lba` on. The pieces are not copied. */
export const encodeBlocks = (sequence: number, lba: number, data: readonly Buffer[]): Buffer[] => [
  header('blocks', sequence, lba, data),
  ...data,
]

export function encodeState(sequence: number, state: unknown): Buffer[] {
  const payload = Buffer.from(JSON.stringify(state))
  return [header('state', sequence, 0, [payload]), payload]
}

export function encodeLosses(sequence: number, losses: LossRecord): Buffer[] {
  const payload = Buffer.from(JSON.stringify(losses))
  return [header('losses', sequence, 0, [payload]), payload]
}

/** What the medium has in the packet from `lba` on, as checksums of its blocks, before anything that follows is written there. */
export function encodeBase(sequence: number, lba: number, sums: readonly number[]): Buffer[] {
  const payload = Buffer.alloc(sums.length * sumBytes)
  for (const [i, sum] of sums.entries()) payload.writeUInt32BE(sum, i * sumBytes)
  return [header('base', sequence, lba, [payload]), payload]
}

function parsed(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString('utf8'))
  } catch {
    return undefined
  }
}

function recordOf(head: Buffer, sequence: number, payload: Buffer): JournalRecord | undefined {
  const kind = head.readUInt32BE(4)
  if (kind === kinds.blocks && payload.length % blockBytes === 0)
    return { kind: 'blocks', sequence, lba: head.readUInt32BE(16), data: payload }
  if (kind === kinds.base && payload.length % sumBytes === 0) {
    const sums = Array.from({ length: payload.length / sumBytes }, (_, i) =>
      payload.readUInt32BE(i * sumBytes),
    )
    return { kind: 'base', sequence, lba: head.readUInt32BE(16), sums }
  }
  const value = kind === kinds.blocks ? undefined : parsed(payload)
  if (kind === kinds.state && value !== undefined) return { kind: 'state', sequence, state: value }
  const losses = kind === kinds.losses ? lossRecordOf(value) : undefined
  return losses === undefined ? undefined : { kind: 'losses', sequence, ...losses }
}

/**
 * The records at the start of `file`, and how many bytes they take: less than there are when the rest is torn or was
 * never a journal. Payloads are slices of `file`.
 */
export function decodeRecords(file: Buffer): { records: JournalRecord[]; bytes: number } {
  const records: JournalRecord[] = []
  let at = 0
  while (at + headerBytes <= file.length) {
    const head = file.subarray(at, at + headerBytes)
    if (head.readUInt32BE(0) !== magic || crc32(head.subarray(0, 28)) !== head.readUInt32BE(28)) break
    const length = head.readUInt32BE(20)
    const end = at + headerBytes + length
    if (length > longestPayload || end > file.length) break
    const payload = file.subarray(at + headerBytes, end)
    if (crc32(payload) !== head.readUInt32BE(24)) break
    const sequence = Number(head.readBigUInt64BE(8))
    const record = recordOf(head, sequence, payload)
    if (record === undefined) break
    records.push(record)
    at = end
  }
  return { records, bytes: at }
}
