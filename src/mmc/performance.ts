// Speeds, as bytes: GET PERFORMANCE, SET STREAMING (MMC-6 §6), SET CD SPEED (MMC-3 §6; legacy since MMC-4). All in kB/s, 1000 bytes.
import { cdb, declared, put, u32 } from './fields.ts'
import { opcode } from './opcodes.ts'
import type { Command } from './transport.ts'

const HEADER = 8
const DESCRIPTOR = 16

/** Write speeds of this drive with the disc that is in (type 03h). */
export const getWriteSpeeds = (descriptors: number): Command => ({
  cdb: put(cdb(12, opcode.getPerformance, { 10: 0x03 }), 8, 2, descriptors),
  dataIn: HEADER + DESCRIPTOR * descriptors,
  timeoutMs: 10_000,
})

export interface WriteSpeed {
  write: number
  /** What the drive reads at while it writes so. */
  read: number
}

/** The descriptors of a type 03h reply that are all there; their end address is not looked at, since drives put anything in it. */
export function decodeWriteSpeeds(reply: Uint8Array): WriteSpeed[] {
  const length = u32(reply, 0)
  if (length === undefined) return []
  const body = declared(reply, length + 4)
  const speeds: WriteSpeed[] = []
  for (let at = HEADER; at + DESCRIPTOR <= body.length; at += DESCRIPTOR)
    speeds.push({ read: u32(body, at + 8) as number, write: u32(body, at + 12) as number })
  return speeds
}

/** FFFFh for reading: as fast as the drive can. */
export const setCdSpeed = (write: number, read = 0xffff): Command => ({
  cdb: put(put(cdb(12, opcode.setCdSpeed), 2, 2, read), 4, 2, Math.min(write, 0xffff)),
  timeoutMs: 30_000,
})

/** From the first block to `lastBlock`, each speed as so many kB in 1000 ms. Neither exact nor, later, the drive's default. */
export function setStreaming(speed: WriteSpeed, lastBlock: number): Command {
  const list = new Uint8Array(28)
  put(list, 8, 4, lastBlock)
  put(list, 12, 4, speed.read)
  put(list, 16, 4, 1000)
  put(list, 20, 4, speed.write)
  put(list, 24, 4, 1000)
  return {
    cdb: put(cdb(12, opcode.setStreaming), 9, 2, list.length),
    dataOut: list,
    timeoutMs: 30_000,
  }
}
