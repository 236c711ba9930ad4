// Tray, door, events: what udev and the kernel live on.
import { describe, expect, test } from 'vitest'
import { ask, settleIn } from '../harness.ts'
import { Disc, Drive } from '../index.ts'

const ready = '00 00 00 00 00 00'
const lock = '1e 00 00 00 01 00'
const unlock = '1e 00 00 00 00 00'
const eject = '1b 00 00 00 02 00'
const load = '1b 00 00 00 03 00'
/** Media class: [code, status]. */
const media = (drive: Drive) => [...ask(drive, '4a 01 00 00 10 00 00 0008 00').data.subarray(4, 6)]

function withDisc(): Drive {
  const drive = new Drive()
  drive.insert(new Disc({ kind: 'dvd-ram', blocks: 16384 }))
  return drive
}

test('power-on and load are told once each, past INQUIRY and GET CONFIGURATION', () => {
  const drive = withDisc()
  expect(ask(drive, '12 00 00 0024 00').result).toBe('good')
  expect(ask(drive, '46 00 0000 00 00 00 0008 00').result).toBe('good')
  expect(ask(drive, ready).result).toBe('6/29/00')
  expect(ask(drive, '25').result).toBe('6/28/00')
  expect(ask(drive, ready).result).toBe('good')
})

describe('the button', () => {
  test('unlocked: the tray opens, GESN tells of the removal once', () => {
    const drive = settleIn(withDisc())
    expect(media(drive)).toEqual([2, 2])
    expect(media(drive)).toEqual([0, 2])
    expect(drive.pressEject()).toBe('opened')
    expect(media(drive)).toEqual([3, 1])
    expect(ask(drive, ready).result).toBe('2/3A/02')
    expect(drive.pressEject()).toBe('closed')
    expect(media(drive)).toEqual([2, 2])
    expect(ask(drive, ready).result).toBe('6/28/00')
  })
  test('locked: an eject request, and the tray stays', () => {
    const drive = settleIn(withDisc())
    media(drive)
    ask(drive, lock)
    expect(drive.pressEject()).toBe('requested')
    expect(media(drive)).toEqual([1, 2])
    expect(media(drive)).toEqual([0, 2])
    expect(ask(drive, eject).result).toBe('5/53/02')
    expect(() => drive.removeDisc()).toThrow('locked')
    ask(drive, unlock)
    expect(ask(drive, eject).result).toBe('good')
    expect(drive.trayOpen).toBe(true)
    expect(ask(drive, load).result).toBe('good')
    expect(drive.trayOpen).toBe(false)
  })
})

test('a quick swap is one media change', () => {
  const drive = settleIn(withDisc())
  ask(drive, lock)
  media(drive)
  drive.swap(new Disc({ kind: 'cd-rw', blocks: 3200 }))
  expect(media(drive)).toEqual([2, 2])
  expect(media(drive)).toEqual([0, 2])
  expect(ask(drive, ready).result).toBe('6/28/00')
  expect(ask(drive, '25').data.readUInt32BE(0)).toBe(3199)
})

test('pulled by force with the door locked', () => {
  const drive = settleIn(withDisc())
  ask(drive, lock)
  drive.pullByForce()
  expect(media(drive)).toEqual([3, 1])
  expect(ask(drive, '28 00 00000000 00 0001 00').result).toBe('2/3A/02')
})

test('GESN: polled only, unknown classes, header alone consumes nothing', () => {
  const drive = settleIn(withDisc())
  expect(ask(drive, '4a 00 00 00 10 00 00 0008 00').result).toBe('5/24/00')
  expect([...ask(drive, '4a 01 00 00 80 00 00 0008 00').data]).toEqual([0, 2, 0x80, 0x56])
  expect([...ask(drive, '4a 01 00 00 10 00 00 0004 00').data]).toEqual([0, 6, 4, 0x56])
  expect(media(drive)).toEqual([2, 2])
  // Operational change: the features are others now.
  expect([...ask(drive, '4a 01 00 00 02 00 00 0008 00').data.subarray(2)]).toEqual([1, 0x56, 2, 0, 0, 1])
  expect([...ask(drive, '4a 01 00 00 02 00 00 0008 00').data.subarray(4)]).toEqual([0, 0, 0, 0])
})

test('events for whoever watches the drive', () => {
  const drive = withDisc()
  const seen: string[] = []
  for (const e of ['opened', 'closed', 'unplugged', 'plugged'] as const) drive.on(e, () => seen.push(e))
  drive.pressEject()
  drive.pressEject()
  drive.unplug()
  drive.replug()
  expect(seen).toEqual(['opened', 'closed', 'unplugged', 'plugged'])
  expect(ask(drive, ready).result).toBe('6/29/00')
})

test('MECHANISM STATUS and page 2Ah know about tray and lock', () => {
  const drive = settleIn(withDisc())
  ask(drive, lock)
  expect((ask(drive, '5a 00 2a 00 00 00 00 00ff 00').data[8 + 6] as number) & 2).toBe(2)
  drive.openTray()
  expect(ask(drive, 'bd 00 00 00 00 00 00 00 0008 00 00').data[1]).toBe(0x10)
})
