// Reading blocks, and making sure that they are the disc's.
import { answerTo, type Policy, run } from './drive-command.ts'
import { BLOCK, readBlocksCommand } from './read-write.ts'
import { type Transport, TransportError } from './transport.ts'

/**
 * Reads `blocks` blocks of 2048 bytes from `lba`, in as many READ (10) as the transport's limit asks for. What may not have come (wary.ts)
 * is read a second time.
 * @throws DriveError for the first part that fails (sense.information is the LBA when the drive told it); TransportError, `host` also when
 * a reply ended short.
 */
export async function readBlocks(
  transport: Transport,
  lba: number,
  blocks: number,
  policy: Policy = {},
): Promise<Buffer> {
  const most = Math.max(1, Math.floor(transport.maxTransferBytes / BLOCK))
  if (blocks <= most) return await readSurely(transport, lba, blocks, policy)
  const data = Buffer.allocUnsafe(blocks * BLOCK)
  for (let done = 0; done < blocks; done += most) {
    const part = await readSurely(transport, lba + done, Math.min(most, blocks - done), policy)
    part.copy(data, done * BLOCK)
  }
  return data
}

/** A read that came short without an error is an error all the same: half a packet must never be written back. */
async function readSurely(
  transport: Transport,
  lba: number,
  blocks: number,
  policy: Policy,
): Promise<Buffer> {
  const { data, doubtful = 0 } = await answerTo(transport, readBlocksCommand(lba, blocks), policy)
  if (data.length < blocks * BLOCK) throw short(transport, `${data.length} of ${blocks * BLOCK} bytes came`)
  const read = data.subarray(0, blocks * BLOCK)
  // In two halves where all of it is in doubt: each block that was at the end comes at another place of the kernel's buffer then.
  const from = blocks - doubtful
  const half = from === 0 ? Math.floor(blocks / 2) : from
  const parts =
    doubtful === 0
      ? []
      : [{ at: half, count: blocks - half }, ...(from === 0 && half > 0 ? [{ at: 0, count: half }] : [])]
  for (const { at, count } of parts) {
    const again = await readElsewhere(transport, lba + at, count, policy)
    if (!again.equals(read.subarray(at * BLOCK, (at + count) * BLOCK)))
      throw short(transport, `${count} blocks from ${lba + at} on were not the same twice`)
  }
  return read
}

/** One block alone comes with the one before it, for the same reason. */
async function readElsewhere(
  transport: Transport,
  lba: number,
  blocks: number,
  policy: Policy,
): Promise<Buffer> {
  const before = blocks === 1 && lba > 0 ? 1 : 0
  const data = await run(transport, readBlocksCommand(lba - before, blocks + before), policy)
  return data.subarray(before * BLOCK, (before + blocks) * BLOCK)
}

const short = ({ device = 'drive' }: Transport, what: string): TransportError =>
  new TransportError('host', `${device}: READ (10): ${what}`)
