// Who uses a block device, by what sysfs and /proc say: for the words only, the kernel decides (test/system/claim-device.test.ts).
import { expect, test } from 'vitest'
import { usersOf, usersText } from '../../src/disc/device-users.ts'
import { mountsOfDevice } from '../../src/disc/mapped-drives.ts'
import { machine } from '../cli/machine.ts'

const device = {
  '/sys/class/block/nbd0/dev': '43:0\n',
  '/sys/class/block/nbd0/nbd0p1/dev': '43:1\n',
  '/sys/class/block/nbd0p1/dev': '43:1\n',
  '/sys/class/block/nbd0/queue/rotational': '1\n',
}
const table = [
  '201 30 0:58 / /run/media/alex/Backup rw,nosuid shared:120 - btrfs /dev/nbd0 rw,subvolid=5,subvol=/',
  '202 30 253:3 / /mnt/vault rw,relatime shared:121 - ext4 /dev/mapper/vault rw',
  '203 30 43:1 / /run/media/alex/SHUTTLE rw,nosuid shared:122 - vfat /dev/nbd0p1 rw,uid=1000',
  '204 30 43:0 / /media/cdvdrw rw,nosuid shared:123 - udf /dev/nbd0 rw',
  // Whatever a user calls the source of a file system of his own.
  '205 30 0:60 / /home/eve/x rw,nosuid - fuse.x /dev/nbd0 rw,user_id=1001',
  '206 30 0:61 / /srv rw - btrfs /dev/nbd01 rw',
].join('\n')

test('mounts of the device and its partitions, and of btrfs, which has a number of its own', async () => {
  const system = machine({ ...device, '/proc/self/mountinfo': table })
  const targets = (await mountsOfDevice(system, 'nbd0')).map(({ target }) => target)
  expect(targets).toEqual(['/run/media/alex/Backup', '/run/media/alex/SHUTTLE', '/media/cdvdrw'])
})

test.each([
  ['LUKS', { '/sys/class/block/nbd0/holders/dm-3/x': '', '/sys/class/block/dm-3/dm/name': 'va\u001bult\n' }],
  ['MD on a partition', { '/sys/class/block/nbd0p1/holders/md0/x': '' }],
  ['swap', { '/proc/swaps': 'Filename Type Size Used Priority\n/dev/nbd0p1 partition 1 0 -2\n' }],
])('%s', async (name, files) => {
  // Named twice where the packet device is the one that is claimed.
  const system = machine({ ...device, ...files, '/proc/self/mountinfo': '' })
  const users = await usersOf(system, ['nbd0', 'nbd0'])
  const texts: Record<string, string> = {
    LUKS: 'the volume “va?ult” (dm-3)',
    'MD on a partition': 'md0',
    swap: 'swap space on nbd0p1',
  }
  expect(usersText(users)).toBe(texts[name])
})

test('nobody who is known', async () => {
  const users = await usersOf(machine({ ...device, '/proc/self/mountinfo': '' }), ['nbd0'])
  expect([users, usersText(users)]).toEqual([[], expect.stringContaining('kernel')])
})
