// DISKSEQ as the kernel counts it: polled, or not.
import { expect, test } from 'vitest'
import { ask, loaded, stillClock, write10 } from './harness.ts'
import { Disc, Kernel } from './index.ts'

const ram = () => new Disc({ kind: 'dvd-ram', blocks: 16384 })

test('a change of disc is counted at the next poll, and is told to the next command at once', () => {
  const clock = stillClock()
  const { drive } = loaded({ kind: 'dvd-ram' }, { clock })
  const kernel = new Kernel(drive, 2000, 7)
  drive.swap(ram())
  expect([kernel.diskseq(), ask(drive, '00').result]).toEqual(['7', '6/28/00'])
  clock.advance(1999)
  expect(kernel.diskseq()).toBe('7')
  clock.advance(1)
  expect(kernel.diskseq()).toBe('8')
  clock.advance(60_000)
  expect(kernel.diskseq()).toBe('8')
})

test('a kernel that does not poll notices nothing until it looks', () => {
  const clock = stillClock()
  const { drive } = loaded({ kind: 'dvd-ram' }, { clock })
  const kernel = new Kernel(drive, 0)
  drive.swap(ram())
  clock.advance(3_600_000)
  expect([kernel.diskseq(), write10(drive, 0, Buffer.alloc(32768)).result]).toEqual(['1', '6/28/00'])
  expect(write10(drive, 0, Buffer.alloc(32768)).result).toBe('good')
  expect(kernel.diskseq()).toBe('1')
  kernel.look()
  expect(kernel.diskseq()).toBe('2')
})

test('an event that another program has fetched is never counted; an unplugged drive has no number', () => {
  const clock = stillClock()
  const { drive } = loaded({ kind: 'dvd-ram' }, { clock })
  const kernel = new Kernel(drive)
  drive.swap(ram())
  expect(ask(drive, '4a 01 00 00 10 00 00 0008 00').data[4]).toBe(2)
  clock.advance(10_000)
  expect(kernel.diskseq()).toBe('1')
  drive.unplug()
  expect(kernel.diskseq()).toBeUndefined()
})
