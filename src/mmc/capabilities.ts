// MM capabilities and mechanical status, mode page 2Ah (MMC-3 §5.5.10, legacy since MMC-4).
import { u8, u16 } from './fields.ts'

export const CAPABILITIES_PAGE = 0x2a

export interface Capabilities {
  readsCdRw: boolean
  readsDvdRam: boolean
  writesCdR: boolean
  writesCdRw: boolean
  writesDvdR: boolean
  /** Makes the kernel let any erasable disc be opened for writing. */
  writesDvdRam: boolean
  canLock: boolean
  locked: boolean
  canEject: boolean
  /** KiB; absent in pages of old drives. */
  bufferKiB?: number
  /** kB/s, the Logical Unit Write Speed Performance Descriptors in the drive's order; empty in pages of old drives. */
  writeSpeeds: number[]
}

/** Page 2Ah as MODE SENSE gives it; its length differs from drive to drive. */
export function decodeCapabilities(page: Uint8Array): Capabilities | undefined {
  const reads = u8(page, 2)
  const writes = u8(page, 3)
  const mechanism = u8(page, 6)
  if (reads === undefined || writes === undefined || mechanism === undefined) return undefined
  const buffer = u16(page, 12)
  return {
    readsCdRw: (reads & 0x02) !== 0,
    readsDvdRam: (reads & 0x20) !== 0,
    writesCdR: (writes & 0x01) !== 0,
    writesCdRw: (writes & 0x02) !== 0,
    writesDvdR: (writes & 0x10) !== 0,
    writesDvdRam: (writes & 0x20) !== 0,
    canLock: (mechanism & 0x01) !== 0,
    locked: (mechanism & 0x02) !== 0,
    canEject: (mechanism & 0x08) !== 0,
    ...(buffer === undefined ? {} : { bufferKiB: buffer }),
    writeSpeeds: writeSpeeds(page),
  }
}

/** Their number is at byte 30, the descriptors of 4 bytes behind it; pages are cut shorter than they say. */
function writeSpeeds(page: Uint8Array): number[] {
  const speeds: number[] = []
  for (let i = 0; i < (u16(page, 30) ?? 0); i++) {
    const speed = u16(page, 34 + 4 * i)
    if (speed === undefined) break
    speeds.push(speed)
  }
  return speeds
}
