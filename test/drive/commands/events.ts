// GET EVENT STATUS NOTIFICATION, polled only (MMC-6 §6.6).
import { mediaEvent } from '../attention.ts'
import type { Drive } from '../drive.ts'
import { check } from '../sense.ts'
import type { CommandGroup } from './table.ts'

const supported = (1 << 1) | (1 << 2) | (1 << 4) | (1 << 6)

function event(drive: Drive, wanted: number): Buffer {
  const b = Buffer.alloc(8)
  b[3] = supported
  const classes = [1, 2, 4, 6].filter((c) => wanted & (1 << c))
  if (classes.length === 0) {
    b.writeUInt16BE(2, 0)
    b[2] = 0x80
    return b.subarray(0, 4)
  }
  b.writeUInt16BE(6, 0)
  const pending = (c: number): boolean =>
    (c === 1 && drive.attention.featureChange) || (c === 4 && drive.attention.mediaEvent !== mediaEvent.none)
  const chosen = classes.find(pending) ?? (classes[0] as number)
  b[2] = chosen
  if (chosen === 1) {
    if (drive.attention.featureChange) {
      b[4] = 0x02
      b.writeUInt16BE(1, 6)
    }
    drive.attention.featureChange = false
  } else if (chosen === 2) {
    b[5] = 1
  } else if (chosen === 4) {
    b[4] = drive.attention.mediaEvent
    b[5] = (drive.trayOpen ? 1 : 0) | (drive.loaded ? 2 : 0)
    drive.attention.mediaEvent = mediaEvent.none
  } else if (drive.operation && !drive.operation.background) {
    b[4] = 1
    b[5] = 1
    b.writeUInt16BE(Math.min(0xffff, Math.ceil((drive.operation.endsAt - drive.clock.now()) / 100)), 6)
  }
  return b
}

export const events: CommandGroup = {
  74: {
    pastAttention: true,
    whileBusy: true,
    run: (drive, cdb) => {
      // Asynchronous operation is not offered (feature 0003h, Async = 0).
      if (((cdb[1] as number) & 1) === 0) throw check('5/24/00')
      const length = cdb.readUInt16BE(7)
      // An allocation of 4 shows the header only, and consumes nothing.
      if (length <= 4) {
        const keep = [drive.attention.featureChange, drive.attention.mediaEvent] as const
        const header = event(drive, cdb[4] as number).subarray(0, length)
        ;[drive.attention.featureChange, drive.attention.mediaEvent] = keep
        return header
      }
      return event(drive, cdb[4] as number).subarray(0, length)
    },
  },
}
