// READ (10), WRITE (10), SYNCHRONIZE CACHE (MMC-6 §6.15, §6.42, §6.41). Addresses and lengths in blocks of 2048 bytes.
import { cdb, put } from './fields.ts'
import { opcode } from './opcodes.ts'
import { bytesOf, type Command } from './transport.ts'

export const BLOCK = 2048

// sg's old interface cannot be told a timeout: the kernel gives up by itself after 60 s and resets the drive. A wait a little
// longer than that lets the kernel's own answer come first.
const LONG_MS = 70_000

/** READ (10) of `blocks` blocks from `lba`. */
export const readBlocksCommand = (lba: number, blocks: number): Command => ({
  cdb: put(put(cdb(10, opcode.read10), 2, 4, lba), 7, 2, blocks),
  dataIn: blocks * BLOCK,
  timeoutMs: LONG_MS,
})

/** WRITE (10) of all of `data`, together a multiple of 2048 bytes, at `lba`. */
export const writeBlocksCommand = (lba: number, data: readonly Uint8Array[]): Command => ({
  cdb: put(put(cdb(10, opcode.write10), 2, 4, lba), 7, 2, bytesOf(data) / BLOCK),
  dataOut: data,
  timeoutMs: LONG_MS,
})

/** SYNCHRONIZE CACHE of the whole disc; with `immediate` it returns at once and the drive goes on working. */
export const synchronizeCacheCommand = (immediate: boolean): Command => ({
  cdb: cdb(10, opcode.synchronizeCache, { 1: immediate ? 0x02 : 0 }),
  timeoutMs: LONG_MS,
})
