// What the packet engine and the hooks ask of a drive, in whole calls.
import { systemClock } from './clock.ts'
import { DriveError, type Policy, run } from './drive-command.ts'
import { decodeModePage, modeSelect, modeSense } from './mode.ts'
import { synchronizeCacheCommand, writeBlocksCommand } from './read-write.ts'
import type { Sense } from './sense.ts'
import { bytesOf, type Transport, TransportError } from './transport.ts'
import { preventMediumRemoval, startStopUnit, testUnitReady } from './unit-control.ts'
import {
  encodePacketParameters,
  type PacketTrack,
  pageBytes,
  WRITE_PARAMETERS_PAGE,
} from './write-parameters.ts'

/** A write may wait for minutes on a drive that says "operation in progress". */
const WRITE_PATIENCE_MS = 120_000

const isSense = (error: unknown, asc: number, ascq: number): error is DriveError =>
  error instanceof DriveError && error.sense?.asc === asc && error.sense.ascq === ascq

/**
 * Writes packets that follow each other with one WRITE (10): the drive sees whole packets only. `lba` is the first block.
 * 5/2C/00 (drives that want their cache emptied between reading and writing) is answered with SYNCHRONIZE CACHE and one repeat.
 * A disc change (6/28/00) is an error unless the policy says otherwise: the packet belongs to the disc that was there before.
 * @throws DriveError; TransportError, `refused` without asking the drive when the transport cannot carry them.
 */
export async function writePackets(
  transport: Transport,
  lba: number,
  packets: readonly Uint8Array[],
  policy: Policy = {},
): Promise<void> {
  const bytes = bytesOf(packets)
  if (bytes > transport.maxTransferBytes) {
    throw new TransportError(
      'refused',
      `${transport.device ?? 'drive'}: ${bytes} bytes of packets do not fit into one transfer of ${transport.maxTransferBytes}`,
    )
  }
  const careful: Policy = { patienceMs: WRITE_PATIENCE_MS, mediumChange: 'fail', ...policy }
  const command = writeBlocksCommand(lba, packets)
  try {
    await run(transport, command, careful)
  } catch (error) {
    if (!isSense(error, 0x2c, 0x00)) throw error
    await synchronizeCache(transport, careful)
    await run(transport, command, careful)
  }
}

/**
 * Returns when the drive says that everything it took is on the medium. First with IMMED and polling, because a plain one may outlast
 * the kernel's 60 s, then plain, because IMMED is not enough on some drives (Pioneer).
 * @throws DriveError, also for a write error that the drive kept until now (then LBA in sense.information); TransportError.
 */
export async function synchronizeCache(transport: Transport, policy: Policy = {}): Promise<void> {
  const patient: Policy = { patienceMs: 600_000, mediumChange: 'fail', ...policy }
  try {
    await run(transport, synchronizeCacheCommand(true), patient)
    await run(transport, testUnitReady(), patient)
  } catch (error) {
    // No IMMED here (5/24/00, 5/20/00): the plain command has to do.
    if (!(error instanceof DriveError && error.sense?.key === 0x05)) throw error
  }
  await run(transport, synchronizeCacheCommand(false), patient)
}

/** Was the page taken? If not, the drive's sense; writing may work all the same on a track that already has fixed packets. */
export type WriteParametersResult = { accepted: true } | { accepted: false; sense: Sense | undefined }

/**
 * Sends the write parameters page for a CD-RW with fixed packets (only profile 0Ah needs it). Tried with the drive's own page as base,
 * then with a plain one; some drives refuse both (5/26/00) until the disc was loaded again, which is reported, not thrown.
 * @throws DriveError for anything but an illegal request; TransportError.
 */
export async function setWriteParameters(
  transport: Transport,
  track: PacketTrack,
  policy: Policy = {},
): Promise<WriteParametersResult> {
  const current = await currentWriteParameters(transport, policy)
  const types =
    track.dataMode === 1 ? ([8] as const) : track.dataMode === 2 ? ([10] as const) : ([8, 10] as const)
  let sense: Sense | undefined
  for (const type of types) {
    for (const base of current === undefined ? [undefined] : [current, undefined]) {
      try {
        await run(transport, modeSelect(encodePacketParameters(track, base, type)), policy)
        return { accepted: true }
      } catch (error) {
        if (!(error instanceof DriveError && error.sense?.key === 0x05)) throw error
        sense = error.sense
      }
    }
  }
  return { accepted: false, sense }
}

/** Header, block descriptors that nobody asked for, and a page. */
const mostModeBytes = 8 + 64 + 257

async function currentWriteParameters(transport: Transport, policy: Policy): Promise<Uint8Array | undefined> {
  try {
    const usual = 8 + pageBytes
    const ask = async (length: number): Promise<Buffer> =>
      run(transport, modeSense(WRITE_PARAMETERS_PAGE, length), policy)
    const first = await ask(usual)
    // As much as it says there is, and no more: some bridges fail then.
    const all = first.readUInt16BE(0) + 2
    const reply = all <= usual || all > mostModeBytes ? first : await ask(all)
    const page = decodeModePage(reply, WRITE_PARAMETERS_PAGE)
    return page !== undefined && page.length >= 16 ? page : undefined
  } catch (error) {
    if (error instanceof DriveError) return undefined
    throw error
  }
}

/** Locks the door: the button then only raises an event. */
export async function lockDoor(transport: Transport, policy: Policy = {}): Promise<void> {
  await run(transport, preventMediumRemoval(true), policy)
}

export async function unlockDoor(transport: Transport, policy: Policy = {}): Promise<void> {
  await run(transport, preventMediumRemoval(false), policy)
}

/**
 * Unlocks and opens the tray. On 2/04/07 and the like it waits; a drive that says "removal prevented" (5/53/02) is unlocked again once.
 * @throws DriveError; TransportError.
 */
export async function eject(transport: Transport, policy: Policy = {}): Promise<void> {
  // A drive without a lock refuses (feature 0003h), and some do without a disc: whether it opens, START STOP UNIT says.
  const unlock = () =>
    unlockDoor(transport, policy).catch((error) => {
      if (!(error instanceof DriveError)) throw error
    })
  await unlock()
  try {
    await run(transport, startStopUnit('eject'), policy)
  } catch (error) {
    if (!isSense(error, 0x53, 0x02)) throw error
    await (policy.clock ?? systemClock).sleep(100)
    await unlock()
    await run(transport, startStopUnit('eject'), policy)
  }
}
