import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { afterAll, expect, test } from 'vitest'
import {
  devnumOf,
  diskseqOf,
  driveOfSg,
  isDriveName,
  maxTransferOf,
  sgNodeOf,
} from '../../src/system/drive-nodes.ts'
import { socketDir } from '../nbd/memory.ts'

const { dir: root, remove } = socketDir()
afterAll(remove)

// As /sys of a machine with one USB writer: sr1 is host 6, sg3.
const device = `${root}/devices/host6/6:0:0:0`
mkdirSync(`${device}/scsi_generic/sg3`, { recursive: true })
mkdirSync(`${device}/block/sr1/queue`, { recursive: true })
mkdirSync(`${root}/class/block`, { recursive: true })
mkdirSync(`${root}/class/scsi_generic`, { recursive: true })
symlinkSync(`${device}/block/sr1`, `${root}/class/block/sr1`)
symlinkSync(device, `${device}/block/sr1/device`)
symlinkSync(`${device}/scsi_generic/sg3`, `${root}/class/scsi_generic/sg3`)
symlinkSync(device, `${device}/scsi_generic/sg3/device`)
writeFileSync(`${device}/block/sr1/diskseq`, '12\n')
writeFileSync(`${device}/block/sr1/dev`, '11:1\n')
writeFileSync(`${device}/block/sr1/queue/max_hw_sectors_kb`, '120\n')

test('a drive’s sg node, and back', async () => {
  expect(await sgNodeOf('sr1', root)).toBe('/dev/sg3')
  expect(await sgNodeOf('sr0', root)).toBeUndefined()
  expect(await driveOfSg('/dev/sg3', root)).toBe('sr1')
  expect(await driveOfSg('/dev/sg0', root)).toBeUndefined()
})

test('the transfer limit', () => {
  expect(maxTransferOf('sr1', root)).toBe(122_880)
  expect(maxTransferOf('sr0', root)).toBeUndefined()
})

test('the device number', () => {
  expect(devnumOf('sr1', root)).toBe('11:1')
  expect(devnumOf('sr0', root)).toBeUndefined()
})

test('DISKSEQ as it is now', () => {
  expect(diskseqOf('sr1', root)).toBe('12')
  writeFileSync(`${device}/block/sr1/diskseq`, '14\n')
  expect(diskseqOf('sr1', root)).toBe('14')
  rmSync(`${device}/block/sr1/diskseq`)
  expect(diskseqOf('sr1', root)).toBeUndefined()
})

test.each(['sr0', 'sr12'])('%s is a drive name', (name) => expect(isDriveName(name)).toBe(true))
test.each(['', 'sr', 'sd0', 'sr0/..', '../sr0', 'sr0\n', 'xsr0', 'sr99999'])('"%s" is none', (name) =>
  expect(isDriveName(name)).toBe(false),
)
