// Features of the drive with this disc (MMC-6 §5.3): which there are, which are current, their bytes.
import type { Drive } from '../drive.ts'
import { bdRaw } from '../kinds.ts'

/** One feature descriptor; `data` without its 4-byte header. */
export interface Feature {
  code: number
  version?: number
  persistent?: boolean
  current: boolean
  data?: number[]
}

const u32 = (n: number): number[] => [(n >>> 24) & 255, (n >>> 16) & 255, (n >>> 8) & 255, n & 255]
const u16 = (n: number): number[] => [(n >>> 8) & 255, n & 255]

/** Profiles in the drive's order, the current one marked (MMC-6 §5.3.1). */
function profileList(drive: Drive): number[] {
  const current = drive.currentProfile
  // Sony DRU-870S: 09h and 08h at once; LG GCC-4480B: 0Ah and 02h.
  const also = drive.quirks.twoCurrentProfiles ? { 9: 0x08, 10: 0x02 }[current] : undefined
  return drive.profile.profiles.flatMap((p) => [...u16(p), p === current || p === also ? 1 : 0, 0])
}

/** Every feature the drive has, ascending. */
export function features(drive: Drive): Feature[] {
  const profile = drive.currentProfile
  const disc = drive.loaded?.disc
  const on = (...profiles: number[]): boolean => profiles.includes(profile)
  const cd = on(0x08, 0x09, 0x0a)
  const dvd = on(0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x1a, 0x1b, 0x2b)
  const bd = on(0x40, 0x41, 0x42, 0x43)
  const over = disc?.overwritable ?? false
  const blank = disc?.state === 'blank' || disc?.state === 'fast-blanked'
  const open = disc !== undefined && !over && !disc.finalised
  const list: (Feature | false)[] = [
    { code: 0x0000, persistent: true, current: true, data: profileList(drive) },
    { code: 0x0001, version: 2, persistent: true, current: true, data: [...u32(8), 1, 0, 0, 0] },
    { code: 0x0002, version: 1, persistent: true, current: true, data: [0x02, 0, 0, 0] },
    { code: 0x0003, version: 1, persistent: true, current: true, data: [0x39, 0, 0, 0] },
    drive.writes(0x12, 0x43) && { code: 0x0004, version: 2, current: on(0x12, 0x43), data: [0x02, 0, 0, 0] },
    {
      code: 0x0010,
      current: profile !== 0 && !blank,
      data: [...u32(2048), ...u16(bd ? 32 : dvd ? 16 : 1), 1, 0],
    },
    { code: 0x001d, current: cd },
    { code: 0x001e, version: 2, current: cd, data: [0x02, 0, 0, 0] },
    drive.has(0x10) && { code: 0x001f, version: 1, current: dvd, data: [1, 0, 1, 0] },
    drive.writes(0x12, 0x1a, 0x43) && {
      code: 0x0020,
      version: 1,
      current: on(0x12, 0x1a, 0x43) && !blank,
      data: [...u32(Math.max(0, (disc?.blocks ?? 0) - 1)), ...u32(2048), ...u16(bd ? 32 : 16), 1, 0],
    },
    drive.writes(0x09, 0x0a, 0x11, 0x14) && {
      code: 0x0021,
      version: 1,
      current: open && on(0x0a, 0x14) && disc?.state !== 'fast-blanked',
      data: [...u16(cd ? 0x3f01 : 0x0001), 0x01, 1, cd ? 7 : 16, 0, 0, 0],
    },
    drive.writes(0x0a, 0x13, 0x1a, 0x12, 0x43) && {
      code: 0x0023,
      version: 1,
      current: disc?.rewritable === true && profile !== 0,
      data: [drive.writes(0x43) ? 0x0d : 0, 0, 0, 0, 0, 0, 0, 0],
    },
    drive.writes(0x12, 0x43) && {
      code: 0x0024,
      version: 1,
      current: on(0x12) || (on(0x43) && over && (disc?.blocks ?? 0) < bdRaw(disc?.fullBlocks ?? 0)),
      data: [0x80, 0, 0, 0],
    },
    drive.writes(0x0a, 0x13) && { code: 0x0026, current: over && on(0x0a, 0x13) },
    drive.quirks.mountRainier && {
      code: 0x0028,
      version: 1,
      current: disc?.mountRainier === true,
      data: [0x07, 0, 0, 0],
    },
    drive.writes(0x1a) && {
      code: 0x002a,
      version: 1,
      current: on(0x1a),
      data: [1, drive.writes(0x1a) ? 3 : 0, 0, 0],
    },
    drive.has(0x1b) && { code: 0x002b, current: on(0x1b), data: [1, 0, 0, 0] },
    drive.writes(0x13) && { code: 0x002c, current: on(0x13), data: [0x0b, 0, 0, 0] },
    drive.writes(0x09, 0x0a) && {
      code: 0x002d,
      version: 2,
      current: open && on(0x0a),
      data: [0x46, 0, ...u16(0x3701)],
    },
    drive.writes(0x09, 0x0a) && {
      code: 0x002e,
      version: 1,
      current: open && on(0x0a) && blank,
      data: [0x66, 0, 0x0b, 0xb8],
    },
    drive.writes(0x11, 0x14) && {
      code: 0x002f,
      version: 1,
      current: open && on(0x14),
      data: [0x46, 0, 0, 0],
    },
    drive.writes(0x0a) && { code: 0x0037, current: on(0x0a), data: [0, 0xff, 0, 0] },
    drive.has(0x40, 0x43) && {
      code: 0x0040,
      current: bd,
      data: [0, 0, 0, 0, 0, 0, 0x03, 0, 0, 0, 0x03, 0, 0, 0, 0, 0, 0x03, 0, 0, 0, 0, 0, 0x03, 0, 0, 0, 0, 0],
    },
    drive.writes(0x43) && {
      code: 0x0041,
      current: on(0x43),
      data: [0, 0, 0, 0, 0, 0, 0x03, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x03, 0, 0, 0],
    },
    { code: 0x0100, persistent: true, current: true },
    { code: 0x0105, version: 1, persistent: true, current: true, data: [0, 0, 0, 0] },
    { code: 0x0107, version: 4, current: profile !== 0, data: [0x1e, 0, 0, 0] },
    { code: 0x0108, persistent: true, current: true, data: [...serialBytes(drive.profile.serial)] },
  ]
  const shown = list.filter((f): f is Feature => f !== false)
  if (drive.quirks.overwriteFeatures === 'right') return shown
  return shown.filter((f) => ![0x0020, 0x0023, 0x0024, 0x0026, 0x002a, 0x002c].includes(f.code))
}

const serialBytes = (serial: string): Buffer =>
  Buffer.from(serial.padEnd(Math.ceil(serial.length / 4) * 4), 'latin1')
