// Errors that come late: packets that the medium refuses when the cache is emptied, blocks that fail for a while, resets and errors of
// earlier commands that whichever command comes next reports.
import { describe, expect, test } from 'vitest'
import type { CacheHabits } from './cache.ts'
import { ask, blocks, cdb, flush, loaded, read10, stillClock, write10 } from './harness.ts'

const testUnitReady = '00'
const preventAllow = '1e 00 00 00 01 00'

/** DVD-RAM with packets 1, 2, 3 in the write cache. */
function three(cache: Partial<CacheHabits> = {}) {
  const clock = stillClock()
  const it = loaded({ kind: 'dvd-ram' }, { cache, clock })
  const put = () => {
    for (const lba of [16, 32, 48]) expect(write10(it.drive, lba, blocks(lba, 16, 1)).result).toBe('good')
  }
  put()
  return { ...it, clock, put, written: () => [...it.disc.writes.keys()].sort((a, b) => a - b) }
}

describe('a packet that the medium refuses', () => {
  test('WRITE answers GOOD, SYNCHRONIZE CACHE names the LBA, without VALID it names none', () => {
    const { drive, put } = three()
    drive.faults.failSector(35, 'write')
    expect(flush(drive)).toMatchObject({ result: '3/0C/00', sense: { information: 35 } })
    put()
    drive.faults.failSector(35, 'write', { information: 'none' })
    const unnamed = flush(drive)
    expect([unnamed.result, unnamed.sense?.information]).toEqual(['3/0C/00', undefined])
    expect(ask(drive, '03 00 00 00 12 00').data[0]).toBe(0x70)
  })
  test('with another LBA, or as an error of an earlier command', () => {
    const { drive, put } = three()
    drive.faults.failSector(32, 'write', { information: 9000 }, 1)
    expect(flush(drive).sense).toMatchObject({ key: 3, information: 9000 })
    put()
    drive.faults.failSector(32, 'write', { deferred: true }, 1)
    expect(flush(drive).sense).toMatchObject({ key: 3, information: 32, deferred: true })
    expect(ask(drive, '03 00 00 00 12 00').data[0]).toBe(0xf1)
  })
  test('once, several times, for a while, for good', () => {
    const { drive, put, clock } = three()
    const results = () => {
      put()
      return flush(drive).result
    }
    drive.faults.failSector(32, 'write', {}, 2)
    expect([results(), results(), results()]).toEqual(['3/0C/00', '3/0C/00', 'good'])
    drive.faults.failSector(32, 'write', { forMs: 1000 })
    expect([results(), results()]).toEqual(['3/0C/00', '3/0C/00'])
    clock.advance(1000)
    expect(results()).toBe('good')
    drive.faults.failSector(32, 'write')
    for (let i = 0; i < 10; i++) expect(results()).toBe('3/0C/00')
    drive.faults.heal(32)
    expect(results()).toBe('good')
  })
  test('the rest is kept for the next flush', () => {
    const { drive, written } = three({ afterFailure: 'kept' })
    drive.faults.failSector(32, 'write')
    expect([flush(drive).result, written()]).toEqual(['3/0C/00', [1]])
    expect([flush(drive).result, written()]).toEqual(['good', [1, 3]])
  })
  test('the rest is dropped', () => {
    const { drive, written } = three({ afterFailure: 'dropped' })
    drive.faults.failSector(32, 'write')
    expect([flush(drive).result, written()]).toEqual(['3/0C/00', [1]])
    expect([flush(drive).result, written()]).toEqual(['good', [1]])
  })
  test('the rest is written; a second bad one is reported by the next flush', () => {
    const { drive, written } = three({ afterFailure: 'written' })
    drive.faults.failSector(16, 'write')
    drive.faults.failSector(32, 'write')
    const first = flush(drive)
    expect([first.sense?.information, written()]).toEqual([16, [3]])
    expect(flush(drive).sense?.information).toBe(32)
    expect(flush(drive).result).toBe('good')
  })
  test('at an eviction: of an earlier command, or said as if it were of this one', () => {
    const small = () => {
      const it = three()
      for (let n = 4; n < 65; n++) write10(it.drive, n * 16, blocks(n * 16, 16, 1))
      return it.drive
    }
    const marked = small()
    marked.faults.failSector(16, 'write')
    expect(write10(marked, 1040, blocks(1040, 16, 1)).sense).toMatchObject({
      information: 16,
      deferred: true,
    })
    const unmarked = small()
    unmarked.faults.failSector(16, 'write', { deferred: false })
    expect(write10(unmarked, 1040, blocks(1040, 16, 1)).sense).toMatchObject({
      information: 16,
      deferred: false,
    })
  })
})

describe('blocks that cannot be read', () => {
  test('so many times, each by itself; what the cache holds is read from there', () => {
    const { drive } = three()
    drive.faults.failSector(100, 'read', {}, 2)
    drive.faults.failSector(101, 'read', {}, 1)
    drive.faults.failSector(16, 'read')
    const named = () => read10(drive, 96, 16).sense?.information
    expect([named(), named(), named(), named()]).toEqual([100, 100, 101, undefined])
    expect(read10(drive, 16, 16).result).toBe('good')
  })
  test('for a while', () => {
    const { drive, clock } = three()
    drive.faults.failSector(256, 'read', { forMs: 5000 })
    for (let i = 0; i < 6; i++) expect(read10(drive, 256, 1).result).toBe('3/11/00')
    clock.advance(5000)
    expect(read10(drive, 256, 1).result).toBe('good')
  })
  test('slow ones take their time; those at which the drive is stuck end with a reset, which keeps the cache', async () => {
    const { drive, clock, disc } = three()
    drive.faults.failSector(200, 'read', { slowMs: 20_000 }, 1)
    expect(read10(drive, 192, 16)).toMatchObject({ result: 'good', delayMs: 20_000 })
    expect(read10(drive, 192, 16).delayMs).toBe(0)
    drive.faults.failSector(200, 'read', 'hang', 1)
    drive.faults.failSector(32, 'write', 'hang', 1)
    const transport = drive.transport({ defaultTimeoutMs: 60_000 })
    for (const text of ['28 00 000000c0 00 0010 00', '35 00 00000000 00 0000 00']) {
      const answer = transport.execute({ cdb: cdb(text).subarray(0, 10), dataIn: 32768 })
      await Promise.resolve()
      clock.advance(60_000)
      await expect(answer).rejects.toMatchObject({ reason: 'timeout' })
      expect(ask(drive, testUnitReady).result).toBe('6/29/00')
    }
    expect([read10(drive, 192, 16).result, flush(drive).result]).toEqual(['good', 'good'])
    expect(disc.read(32, 16).equals(blocks(32, 16, 1))).toBe(true)
  })
})

describe('reported by any command', () => {
  const commands = [
    ['TEST UNIT READY', testUnitReady],
    ['PREVENT ALLOW MEDIUM REMOVAL', preventAllow],
    ['MODE SENSE (10)', '5a 00 2a 00 00 00 00 00ff 00'],
    ['SET CD SPEED', 'bb 00 ffff 0b48 00'],
    ['GET PERFORMANCE', 'ac 00 00000000 0000 0010 03 00'],
    ['READ (10)', '28 00 00000000 00 0001 00'],
    ['SYNCHRONIZE CACHE', '35 00 00000000 00 0000 00'],
  ] as const
  test.each(commands)(
    '%s: a reset that loses the cache, one that keeps it, an error of an earlier WRITE',
    (_, text) => {
      const { drive } = three()
      const opcode = cdb(text)[0] as number
      drive.faults.failCommand(opcode, 'reset')
      expect([ask(drive, text).result, drive.loaded?.cache.size]).toEqual(['6/29/00', 3])
      drive.faults.failCommand(opcode, { sense: '3/0C/00', information: 32, deferred: true })
      expect(ask(drive, text).sense).toMatchObject({ key: 3, information: 32, deferred: true })
      drive.prevent = 1
      drive.faults.failCommand(opcode, 'brown-out')
      expect([ask(drive, text).result, drive.loaded?.cache.size, drive.prevent]).toEqual(['6/29/00', 0, 0])
      expect(ask(drive, text).result).toBe('good')
    },
  )
  test.each(commands)('"any" means the next command, here %s, and no INQUIRY', (_, text) => {
    const { drive } = three()
    drive.faults.failCommand('any', 'brown-out')
    drive.faults.failCommand('any', { sense: '3/0C/00', deferred: true })
    expect(ask(drive, '12 00 00 0024 00').result).toBe('good')
    expect([ask(drive, text).result, drive.loaded?.cache.size]).toEqual(['6/29/00', 0])
    expect(ask(drive, text).sense).toMatchObject({ key: 3, deferred: true })
    expect(ask(drive, text).result).toBe('good')
  })
})
