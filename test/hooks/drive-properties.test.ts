// What desktops are told of the drive behind a packet device.
import { expect, test } from 'vitest'
import { packetDriveProperties } from '../../src/hooks/drive-properties.ts'

test('names and seat of the drive, a serial number of its own', () => {
  const all = {
    ID_VENDOR: 'HL-DT-ST',
    ID_MODEL: 'DVDRAM_GP08',
    ID_SERIAL: 'HL-DT-ST_DVDRAM_GP08_K1-0:0',
    ID_SEAT: 'seat1',
    ID_CDROM_MEDIA: '1',
    UDISKS_IGNORE: '1',
  }
  expect(packetDriveProperties('sr0', all)).toEqual({
    ID_VENDOR: 'HL-DT-ST',
    ID_MODEL: 'DVDRAM_GP08',
    ID_SEAT: 'seat1',
    ID_SERIAL: 'pktw-HL-DT-ST_DVDRAM_GP08_K1-0:0',
  })
})

test('a drive without a serial number is told by its name', () => {
  expect(packetDriveProperties('sr1', {})).toEqual({ ID_SERIAL: 'pktw-sr1' })
})
