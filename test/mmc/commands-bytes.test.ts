// The bytes that go to the drive, against the standard's tables and against what known programs were recorded to send.
import { expect, test } from 'vitest'
import { readCapacity, readFormatCapacities } from '../../src/mmc/capacity.ts'
import { getConfiguration } from '../../src/mmc/configuration.ts'
import { readDiscInformation } from '../../src/mmc/disc-information.ts'
import { readWriteProtection } from '../../src/mmc/disc-structure.ts'
import { getMediaEvent } from '../../src/mmc/events.ts'
import {
  blank,
  closeTrackSession,
  formatAsOffered,
  formatCdRwOld,
  formatDvdPlusRw,
} from '../../src/mmc/format.ts'
import { inquiry } from '../../src/mmc/inquiry.ts'
import { modeSelect, modeSense } from '../../src/mmc/mode.ts'
import { commandName } from '../../src/mmc/opcodes.ts'
import { getWriteSpeeds, setCdSpeed, setStreaming } from '../../src/mmc/performance.ts'
import { readBlocksCommand, synchronizeCacheCommand, writeBlocksCommand } from '../../src/mmc/read-write.ts'
import { cdbLengthOf } from '../../src/mmc/sg-header.ts'
import { readTrackInformation } from '../../src/mmc/track-information.ts'
import { type Command, piecesOf } from '../../src/mmc/transport.ts'
import {
  preventMediumRemoval,
  requestSense,
  startStopUnit,
  testUnitReady,
} from '../../src/mmc/unit-control.ts'

const rows: [name: string, command: Command, cdb: string, dataIn?: number, dataOut?: string][] = [
  ['TEST UNIT READY', testUnitReady(), '00 00 00 00 00 00'],
  ['REQUEST SENSE', requestSense(), '03 00 00 00 12 00', 18],
  ['INQUIRY', inquiry(), '12 00 00 00 24 00', 36],
  ['GET CONFIGURATION', getConfiguration('one', 0x28, 16), '46 02 00 28 00 00 00 00 10 00', 16],
  ['GET CONFIGURATION', getConfiguration('current', 0, 8), '46 01 00 00 00 00 00 00 08 00', 8],
  ['MODE SENSE (10)', modeSense(0x2a, 0x3c), '5A 08 2A 00 00 00 00 00 3C 00', 60],
  [
    'MODE SELECT (10)',
    modeSelect(Uint8Array.of(0x85, 2, 0x40, 0x25)),
    '55 10 00 00 00 00 00 00 0C 00',
    0,
    '00 00 00 00 00 00 00 00 05 02 40 25',
  ],
  ['GET PERFORMANCE', getWriteSpeeds(30), 'AC 00 00 00 00 00 00 00 00 1E 03 00', 488],
  ['SET CD SPEED', setCdSpeed(706), 'BB 00 FF FF 02 C2 00 00 00 00 00 00'],
  [
    'SET STREAMING',
    setStreaming({ write: 5540, read: 11080 }, 0x23053f),
    'B6 00 00 00 00 00 00 00 00 00 1C 00',
    0,
    '00 00 00 00 00 00 00 00 00 23 05 3F 00 00 2B 48 00 00 03 E8 00 00 15 A4 00 00 03 E8',
  ],
  ['READ DISC INFORMATION', readDiscInformation(), '51 00 00 00 00 00 00 00 22 00', 34],
  // as recorded in udftools PR 44
  ['READ TRACK INFORMATION', readTrackInformation(1, 34), '52 01 00 00 00 01 00 00 22 00', 34],
  ['READ FORMAT CAPACITIES', readFormatCapacities(4), '23 00 00 00 00 00 00 00 04 00', 4],
  ['READ CAPACITY', readCapacity(), '25 00 00 00 00 00 00 00 00 00', 8],
  ['READ (10)', readBlocksCommand(0x048140, 32), '28 00 00 04 81 40 00 00 20 00', 65536],
  ['SYNCHRONIZE CACHE', synchronizeCacheCommand(false), '35 00 00 00 00 00 00 00 00 00'],
  ['SYNCHRONIZE CACHE', synchronizeCacheCommand(true), '35 02 00 00 00 00 00 00 00 00'],
  ['PREVENT ALLOW MEDIUM REMOVAL', preventMediumRemoval(true), '1E 00 00 00 01 00'],
  ['PREVENT ALLOW MEDIUM REMOVAL', preventMediumRemoval(false), '1E 00 00 00 00 00'],
  ['START STOP UNIT', startStopUnit('eject'), '1B 00 00 00 02 00'],
  ['START STOP UNIT', startStopUnit('load', true), '1B 01 00 00 03 00'],
  ['CLOSE TRACK SESSION', closeTrackSession('session', 0, true), '5B 01 02 00 00 00 00 00 00 00'],
  [
    'CLOSE TRACK SESSION',
    closeTrackSession('stop-background-format', 0, false),
    '5B 00 00 00 00 00 00 00 00 00',
  ],
  ['FORMAT UNIT', formatDvdPlusRw(false), '04 11 00 00 00 00', 0, '00 02 00 08 FF FF FF FF 98 00 00 00'],
  ['FORMAT UNIT', formatDvdPlusRw(true), '04 11 00 00 00 00', 0, '00 02 00 08 FF FF FF FF 98 00 00 01'],
  // As cdrwtool of udftools 2.3 was seen to send it, but for the four bytes too many.
  [
    'FORMAT UNIT',
    formatAsOffered({ type: 0x10, blocks: 0x4000, parameter: 32 }),
    '04 11 00 00 00 00',
    0,
    '00 02 00 08 00 00 40 00 40 00 00 20',
  ],
  [
    'FORMAT UNIT',
    formatAsOffered({ type: 0x00, blocks: 2297888, parameter: 0x800 }),
    '04 11 00 00 00 00',
    0,
    '00 02 00 08 00 23 10 20 00 00 08 00',
  ],
  ['FORMAT UNIT', formatCdRwOld(295264), '04 17 00 00 00 00', 0, '00 02 00 08 80 00 00 00 00 04 81 60'],
  ['BLANK', blank(true), 'A1 10 00 00 00 00 00 00 00 00 00 00'],
  ['BLANK', blank(false), 'A1 11 00 00 00 00 00 00 00 00 00 00'],
  ['GET EVENT STATUS NOTIFICATION', getMediaEvent(), '4A 01 00 00 10 00 00 00 08 00', 8],
  ['READ DISC STRUCTURE', readWriteProtection(true), 'AD 01 00 00 00 00 00 C0 00 08 00 00', 8],
]

const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (b) => b.toString(16).toUpperCase().padStart(2, '0')).join(' ')

test.each(rows)('%s', (name, command, cdb, dataIn = 0, dataOut = '') => {
  expect(hex(command.cdb)).toBe(cdb)
  expect(command.dataIn ?? 0).toBe(dataIn)
  expect(hex(Buffer.concat(piecesOf(command)))).toBe(dataOut)
  expect(commandName(command.cdb)).toBe(name)
  expect(command.cdb.length).toBe(cdbLengthOf(command.cdb[0]!))
})

test('WRITE (10) counts its data in blocks', () => {
  const data = new Uint8Array(65536)
  const command = writeBlocksCommand(0x01020304, [data])
  expect(hex(command.cdb)).toBe('2A 00 01 02 03 04 00 00 20 00')
  expect(piecesOf(command)[0]).toBe(data)
  expect(commandName(command.cdb)).toBe('WRITE (10)')
})

test('a command that is not ours has a name too', () => {
  expect(commandName(Uint8Array.of(0x9f))).toBe('command 9Fh')
})
