// Only a person's yes erases: an order without it is carried out on a disc that has nothing on it at that moment, by the drive's own word
// or by its blocks.
import { describe, expect, test } from 'vitest'
import { bench } from './prepare-bench.ts'

describe('a disc that udev does not know as it is now', () => {
  const kinds = [
    ['cd-rw', 0x0a],
    ['dvd-rw', 0x13],
    ['dvd+rw', 0x1a],
    ['dvd-ram', 0x12],
    ['bd-re', 0x43],
  ] as const
  const written = Buffer.alloc(2048, 0x41)
  const untouched = ({ disc }: ReturnType<typeof bench>) => {
    expect([disc.blanks, disc.formats]).toEqual([0, 0])
  }

  // The order was for a virgin disc; a burning program has formatted it meanwhile, and udev heard of nothing.
  test.each(kinds)('%s: formatted meanwhile', async (kind, profile) => {
    const it = bench({ kind, background: 'suspended' }, { profile })
    expect(await it.run()).toBe('prepare.needs-erase')
    untouched(it)
  })
  test.each(kinds)('%s: it had its format and still has nothing on it', async (kind, profile) => {
    const it = bench({ kind, background: 'complete' }, { profile, format: 'had' })
    expect(await it.run()).toBeUndefined()
    untouched(it)
  })
  test.each(kinds)(
    '%s: it had its format, and is written to where file systems have their marks',
    async (kind, profile) => {
      for (const lba of [0, 16, 31, 64, 256, 3199 - 256, 3199]) {
        const it = bench({ kind, background: 'complete' }, { profile, format: 'had', full: lba === 0 })
        it.disc.put(lba, written)
        expect([lba, await it.run()]).toEqual([lba, 'prepare.needs-erase'])
        untouched(it)
      }
    },
  )
  test('an archive without a mark, somewhere in between', async () => {
    const it = bench({ kind: 'dvd-ram' }, { profile: 0x12, format: 'had' })
    it.disc.put(1500, Buffer.alloc(128 * 2048, 0x41))
    expect(await it.run()).toBe('prepare.needs-erase')
    expect(it.states.at(-1)?.error?.message).toMatch(/something is written near block 1[56]/)
  })
  test('what cannot be read is not empty', async () => {
    const it = bench({ kind: 'dvd-ram' }, { profile: 0x12, format: 'had' })
    it.disc.unreadable.add(256)
    expect(await it.run()).toBe('prepare.needs-erase')
    expect(it.states.at(-1)?.error?.message).toContain('3/11/00')
    untouched(it)
  })
  test('what the drive calls never written is', async () => {
    const it = bench({ kind: 'dvd-ram' }, { profile: 0x12, format: 'had' })
    it.drive.faults.failCommand(0x28, '8/00/00', 5)
    expect(await it.run()).toBeUndefined()
  })
  test('cancelled while the disc is looked at', async () => {
    const it = bench({ kind: 'dvd-ram' }, { profile: 0x12, format: 'had' })
    it.abort.abort()
    expect(await it.run()).toBe('prepare.cancelled')
    untouched(it)
  })
  test('a person agreed: it goes', async () => {
    const it = bench({ kind: 'dvd+rw' }, { profile: 0x1a, erase: true, full: true })
    it.disc.put(16, written)
    expect(await it.run()).toBeUndefined()
    expect(it.disc.formats).toBe(1)
  })
})
