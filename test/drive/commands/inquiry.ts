// INQUIRY, TEST UNIT READY, REQUEST SENSE, REPORT LUNS (SPC-4).
import type { Drive } from '../drive.ts'
import { check, encodeSense } from '../sense.ts'
import type { CommandGroup } from './table.ts'

const text = (s: string, length: number): Buffer => Buffer.from(s.padEnd(length).slice(0, length), 'latin1')

function standard(drive: Drive): Buffer {
  const b = Buffer.alloc(96)
  b[0] = 0x05
  b[1] = 0x80
  // USB drives behind bridges claim no ANSI version (HP GH40L, Aaru issue 540); SPC-3 keeps foreign tools happy.
  b[2] = 0x05
  b[3] = 0x02
  b[4] = b.length - 5
  text(drive.profile.vendor, 8).copy(b, 8)
  text(drive.profile.model, 16).copy(b, 16)
  text(drive.profile.revision, 4).copy(b, 32)
  // Version descriptors: SPC-3, MMC-6.
  b.writeUInt16BE(0x0300, 58)
  b.writeUInt16BE(0x04e0, 60)
  return b
}

function vital(drive: Drive, code: number): Buffer {
  const wrap = (body: Buffer): Buffer => Buffer.concat([Buffer.from([0x05, code, 0, body.length]), body])
  switch (code) {
    case 0x00:
      return wrap(Buffer.from([0x00, 0x80, 0x83]))
    case 0x80:
      return wrap(Buffer.from(drive.profile.serial, 'latin1'))
    case 0x83: {
      // T10 vendor identification, ASCII, of the logical unit.
      const id = Buffer.concat([
        text(drive.profile.vendor, 8),
        text(drive.profile.model, 16),
        Buffer.from(drive.profile.serial, 'latin1'),
      ])
      return wrap(Buffer.concat([Buffer.from([0x02, 0x01, 0x00, id.length]), id]))
    }
    default:
      throw check('5/24/00')
  }
}

function testUnitReady(drive: Drive): undefined {
  drive.medium(true)
  return undefined
}

export const inquiry: CommandGroup = {
  18: {
    pastAttention: true,
    whileBusy: true,
    run: (drive, cdb) => {
      const evpd = ((cdb[1] as number) & 1) !== 0
      if (!evpd && cdb[2] !== 0) throw check('5/24/00')
      const b = evpd ? vital(drive, cdb[2] as number) : standard(drive)
      return b.subarray(0, cdb.readUInt16BE(3))
    },
  },
  0: { run: testUnitReady },
  3: {
    pastAttention: true,
    whileBusy: true,
    run: (drive, cdb) => encodeSense(drive.takeSense()).subarray(0, cdb[4]),
  },
  160: {
    pastAttention: true,
    whileBusy: true,
    run: (_drive, cdb) => {
      const b = Buffer.alloc(16)
      b.writeUInt32BE(8, 0)
      return b.subarray(0, cdb.readUInt32BE(6))
    },
  },
}
