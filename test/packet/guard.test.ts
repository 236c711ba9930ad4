import { expect, test } from 'vitest'
import { opcode } from '../../src/mmc/opcodes.ts'
import { readBlocksCommand, synchronizeCacheCommand, writeBlocksCommand } from '../../src/mmc/read-write.ts'
import { TransportError } from '../../src/mmc/transport.ts'
import { AttentiveTransport } from '../../src/packet/attention.ts'
import { GuardedTransport } from '../../src/packet/guard.ts'
import { ScriptedTransport } from './scripted.ts'

function make() {
  const drive = new ScriptedTransport()
  const lost: string[] = []
  const disc = { swapped: false, swappedOnNotice: false, looks: 0 }
  const watch = {
    lost: () => {
      disc.looks++
      return disc.swapped ? 'swapped' : undefined
    },
    lostAfterNotice: async (): Promise<string | undefined> => {
      disc.swapped = disc.swappedOnNotice
      return watch.lost()
    },
  }
  return {
    drive,
    lost,
    disc,
    watch,
    guarded: new GuardedTransport(new AttentiveTransport(drive), watch, (why) => lost.push(why)),
  }
}
const write = writeBlocksCommand(0, [Buffer.alloc(2048)])
const read = readBlocksCommand(0, 1)

test('nothing that writes reaches another disc', async () => {
  const { drive, lost, disc, guarded } = make()
  await guarded.execute(write)
  disc.swapped = true
  for (const command of [write, synchronizeCacheCommand(false), read]) {
    await expect(guarded.execute(command)).rejects.toMatchObject({ reason: 'gone', message: 'swapped' })
  }
  expect(drive.sent).toEqual([opcode.write10])
  expect(lost).toEqual(['swapped'])
})

test('a read does not ask sysfs', async () => {
  const { disc, guarded } = make()
  await guarded.execute(read)
  expect(disc.looks).toBe(0)
})

test('"the medium may have changed" is believed only when the kernel says so too', async () => {
  const { drive, lost, disc, guarded } = make()
  drive.trouble(opcode.read10, '6/28/00', '6/28/00')
  expect((await guarded.execute(read)).sense).toMatchObject({ key: 6, asc: 0x28 })
  expect(lost).toEqual([])
  disc.swappedOnNotice = true
  await expect(guarded.execute(read)).rejects.toBeInstanceOf(TransportError)
  expect(lost).toEqual(['swapped'])
})

test('a drive that went stays gone', async () => {
  const { drive, lost, guarded } = make()
  drive.trouble(opcode.read10, 'gone')
  await expect(guarded.execute(read)).rejects.toMatchObject({ reason: 'gone' })
  await expect(guarded.execute(read)).rejects.toMatchObject({ reason: 'gone' })
  expect(drive.sent).toHaveLength(1)
  expect(lost).toHaveLength(1)
})

test('a look between commands is enough', () => {
  const { lost, disc, guarded } = make()
  guarded.look()
  expect(lost).toEqual([])
  disc.swapped = true
  guarded.look()
  guarded.look()
  expect(lost).toEqual(['swapped'])
})

test('nothing else is sent while it is being settled whose disc it is, and nothing when that fails', async () => {
  const { drive, lost, guarded, watch } = make()
  let settle: (why?: string) => void = () => undefined
  let fail: (error: Error) => void = () => undefined
  watch.lostAfterNotice = () =>
    new Promise((resolve, reject) => {
      settle = resolve
      fail = reject
    })
  drive.trouble(opcode.read10, '6/28/00')
  const told = guarded.execute(read)
  await new Promise((resolve) => setImmediate(resolve))
  const waiting = guarded.execute(write)
  await new Promise((resolve) => setImmediate(resolve))
  expect(drive.sent).toEqual([opcode.read10])
  settle()
  expect((await told).sense?.asc).toBe(0x28)
  expect((await waiting).status).toBe(0)
  expect(drive.sent).toEqual([opcode.read10, opcode.write10])
  drive.trouble(opcode.read10, '6/28/00')
  const failing = guarded.execute(read)
  await new Promise((resolve) => setImmediate(resolve))
  fail(new Error('no answer'))
  await expect(failing).rejects.toMatchObject({ reason: 'gone' })
  expect(lost).toHaveLength(1)
})
