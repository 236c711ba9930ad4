// GET CONFIGURATION (MMC-6 §6.5).
import type { Drive } from '../drive.ts'
import { check } from '../sense.ts'
import { type Feature, features } from './features.ts'
import type { CommandGroup } from './table.ts'

const encode = (f: Feature): Buffer => {
  const data = Buffer.from(f.data ?? [])
  const head = Buffer.alloc(4)
  head.writeUInt16BE(f.code, 0)
  head[2] = ((f.version ?? 0) << 2) | (f.persistent ? 2 : 0) | (f.current ? 1 : 0)
  head[3] = data.length
  return Buffer.concat([head, data])
}

function answer(drive: Drive, request: number, from: number): Buffer {
  const all = features(drive)
  const chosen =
    request === 2
      ? all.filter((f) => f.code === from)
      : all.filter((f) => f.code >= from && (request === 0 || f.current))
  const body = Buffer.concat(chosen.map(encode))
  const head = Buffer.alloc(8)
  head.writeUInt32BE(body.length + 4, 0)
  head.writeUInt16BE(drive.currentProfile, 6)
  return Buffer.concat([head, body])
}

export const configuration: CommandGroup = {
  70: {
    pastAttention: true,
    whileBusy: true,
    run: (drive, cdb) => {
      const request = (cdb[1] as number) & 3
      if (request === 3) throw check('5/24/00')
      return answer(drive, request, cdb.readUInt16BE(2)).subarray(0, cdb.readUInt16BE(7))
    },
  },
}
