// Each trouble is brought about, and is what the doctor finds then, and nothing else. Real files below a root; what udev, systemd
// and logind say of drives and sessions is recorded, since the machine of the test has neither: the lab has both.
import { mkdirSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { codesOf, doctored, examined, put, readyDisc, type Surroundings } from './machine.ts'

test('a machine without trouble has none', async () => {
  expect(await codesOf(doctored())).toEqual([])
  expect(await codesOf(doctored({ udev: readyDisc }))).toEqual([])
})

/** Of a drive that a service of pktw has. */
const mapped: Surroundings = {
  udev: readyDisc,
  unit: 'ActiveState=active\nResult=success',
  files: {
    '/run/pktw/map/pktcdvd0': 'PKTW_DRIVE=sr0\nPKTW_SLOT=0\n',
    '/run/pktw/held/sr0': '7\n',
    '/sys/class/block/pktcdvd0/size': '1371904\n',
    '/sys/class/block/pktcdvd0/dev': '253:0\n',
  },
}
const mountLine = (device: string, target: string): string =>
  `40 1 ${device} / ${target} rw,noatime - udf /dev/x rw\n`

/** How often the kernel polls: what is set for the drive, and for all. */
const polled = (own: string, all: string): Record<string, string> => ({
  '/sys/devices/pci/host0/block/sr0/events_poll_msecs': `${own}\n`,
  '/sys/module/block/parameters/events_dfl_poll_msecs': `${all}\n`,
})

interface Row {
  code: string
  surroundings: Surroundings
  evidence: RegExp
  command: string
  fix?: true
}

const rows: Row[] = [
  {
    code: 'doctor.no-drive',
    surroundings: { drive: false },
    evidence: /sys\/class\/block/,
    command: 'sudo dmesg | grep -i -e sr0 -e cd-rom',
  },
  {
    code: 'doctor.no-sg',
    surroundings: { without: ['/sys/devices/pci/host0/block/sr0/device/scsi_generic/sg0'] },
    evidence: /sr0\/device\/scsi_generic/,
    command: 'sudo modprobe sg',
    fix: true,
  },
  {
    code: 'doctor.polled-seldom',
    surroundings: { files: polled('-1', '0') },
    evidence: /^\/sys\/module\/block\/parameters\/events_dfl_poll_msecs is 0$/,
    command: 'echo 2000 | sudo tee /sys/module/block/parameters/events_dfl_poll_msecs',
    fix: true,
  },
  {
    code: 'doctor.polled-seldom',
    surroundings: { files: polled('10000', '2000') },
    evidence: /^\/sys\/class\/block\/sr0\/events_poll_msecs is 10000$/,
    command: 'echo -1 | sudo tee /sys/class/block/sr0/events_poll_msecs',
    fix: true,
  },
  {
    code: 'doctor.no-nbd',
    surroundings: { without: ['/sys/module/nbd/x'] },
    evidence: /\/sys\/module\/nbd/,
    command: 'sudo modprobe nbd',
    fix: true,
  },
  {
    code: 'doctor.no-udf',
    surroundings: { files: { '/proc/filesystems': 'nodev\ttmpfs\n' } },
    evidence: /no udf.*7\.2\.13/,
    command: 'sudo modprobe udf',
  },
  {
    code: 'doctor.pktcdvd-deadlocks',
    surroundings: {
      files: { '/sys/class/pktcdvd/device_map': '', '/proc/sys/kernel/osrelease': '6.12.107-amd64\n' },
    },
    evidence: /Linux 6\.12/,
    command: 'sudo modprobe -r pktcdvd',
    fix: true,
  },
  {
    code: 'doctor.pktcdvd-not-a-directory',
    surroundings: { files: { '/dev/pktcdvd': '' } },
    evidence: /\/dev\/pktcdvd is a file/,
    command: 'sudo rm /dev/pktcdvd',
    fix: true,
  },
  {
    code: 'doctor.udftools-rule',
    surroundings: { files: { '/usr/lib/udev/rules.d/80-pktsetup.rules': 'x' } },
    evidence: /^\/usr\/lib\/udev\/rules\.d\/80-pktsetup\.rules/,
    command: 'sudo ln -s /dev/null /etc/udev/rules.d/80-pktsetup.rules',
    fix: true,
  },
  {
    code: 'doctor.old-fstab-line',
    surroundings: {
      files: {
        '/etc/fstab':
          '# x\n/dev/pktcdvd/pktcdvd0 /a udf noauto 0 0\n/dev/pktcdvd/0 /mnt/cdrw udf noauto,users 0 0\n',
      },
    },
    evidence: /^\/etc\/fstab:3: \/dev\/pktcdvd\/0$/,
    command: 'sudo sed -i 3d /etc/fstab',
  },
  {
    code: 'doctor.autofs-map',
    surroundings: {
      files: {
        '/usr/sbin/automount': '',
        '/etc/auto.misc':
          '# an example\n#old -fstype=iso9660 :/dev/sr0\ncd -fstype=iso9660,ro,nosuid,nodev :/dev/sr0\nhome -rw server:/home\nstick -fstype=auto :/dev/sda1\n',
      },
    },
    evidence: /^\/etc\/auto\.misc:3: cd on \/dev\/sr0$/,
    command: 'sudo sed -i 3d /etc/auto.misc',
  },
  {
    code: 'doctor.drive-mounted',
    surroundings: { udev: readyDisc, files: { '/proc/self/mountinfo': mountLine('11:0', '/misc/cd') } },
    evidence: /\/dev\/sr0 is mounted at \/misc\/cd/,
    command: 'sudo umount /misc/cd',
  },
  {
    code: 'doctor.left-mapped',
    surroundings: { ...mapped, unit: 'ActiveState=inactive\nResult=success' },
    evidence: /map\/pktcdvd0.*inactive/,
    command: 'sudo systemctl start pktw-lost@sr0.service',
    fix: true,
  },
  {
    code: 'doctor.pktcdvd-mapped',
    surroundings: {
      files: {
        '/sys/class/pktcdvd/device_map': 'pktcdvd0 253:0 11:0\n',
        '/proc/sys/kernel/osrelease': '5.10.0\n',
        '/sys/class/block/pktcdvd0/dev': '253:0\n',
      },
    },
    evidence: /pktcdvd0 253:0 \(sr0\)/,
    command: 'sudo pktsetup -d 253:0',
    fix: true,
  },
  {
    code: 'doctor.size-of-another-disc',
    surroundings: {
      ...mapped,
      files: { ...mapped.files, '/run/pktw/held/sr0': '6\n', '/sys/class/block/pktcdvd0/size': '600000\n' },
    },
    evidence: /pktcdvd0 has 600000 sectors, \/dev\/sr0 has 1372000/,
    command: 'pktw unmap sr0',
  },
  {
    code: 'doctor.unit-failed',
    surroundings: { unit: 'ActiveState=failed\nResult=start-limit-hit' },
    evidence: /start-limit-hit/,
    command: 'journalctl -u pktw@sr0 -n 30',
  },
  {
    code: 'doctor.engine-silent',
    surroundings: {
      udev: readyDisc,
      unit: 'ActiveState=active\nResult=success',
      files: { '/run/pktw/map/nbd0': 'PKTW_DRIVE=sr0\nPKTW_SLOT=0\n', '/run/pktw/held/sr0': '7\n' },
    },
    evidence: /sr0\/status\.sock: it is not running/,
    command: 'journalctl -u pktw@sr0 -n 30',
  },
  {
    code: 'doctor.not-formatted',
    surroundings: { udev: 'ID_CDROM_MEDIA=1\nPKTW_STATE=blank\nPKTW_REASON=media.blank-cd-rw' },
    evidence: /PKTW_STATE=blank media\.blank-cd-rw/,
    command: 'pktw prepare',
  },
  {
    code: 'doctor.closed',
    surroundings: { udev: 'ID_CDROM_MEDIA=1\nPKTW_STATE=unsupported\nPKTW_REASON=media.write-once' },
    evidence: /media\.write-once/,
    command: 'pktw eject sr0',
  },
  {
    code: 'doctor.write-protected',
    surroundings: { udev: 'ID_CDROM_MEDIA=1\nPKTW_STATE=protected\nPKTW_REASON=media.write-protected' },
    evidence: /PKTW_STATE=protected/,
    command: 'pktw eject sr0',
  },
  {
    code: 'doctor.udf-too-new',
    surroundings: { udev: readyDisc.replace('2.01', '2.50') },
    evidence: /ID_FS_VERSION=2\.50/,
    command: 'sudo mkudffs --udfrev=2.01 /dev/pktw/sr0',
  },
  {
    code: 'doctor.missing-program',
    surroundings: { without: ['/usr/bin/nbd-client'] },
    evidence: /no nbd-client in/,
    command: 'sudo apt install nbd-client',
  },
  {
    code: 'doctor.no-systemd',
    surroundings: {
      without: ['/run/systemd/system/x', '/usr/bin/systemctl'],
      files: { '/run/openrc/x': '' },
    },
    evidence: /\/run\/systemd\/system/,
    command: 'sudo mount -t udf -o noatime /dev/sr0 /mnt',
  },
  {
    code: 'doctor.not-installed',
    surroundings: { without: ['/etc/udev/rules.d/61-pktw.rules'] },
    evidence: /no \/var\/lib\/pktw\/manifest/,
    command: 'sudo pktw install',
  },
  {
    code: 'doctor.node-gone',
    surroundings: {
      files: { '/etc/udev/rules.d/61-pktw.rules': 'IMPORT{program}="/opt/node-18/bin/node --jitless x"\n' },
    },
    evidence: /\/opt\/node-18\/bin\/node/,
    command: 'sudo pktw install',
  },
  {
    code: 'doctor.data-waiting',
    surroundings: { files: { '/var/lib/pktw/discs/journal/abc/00000001.journal': 'x' } },
    evidence: /journal\/abc$/,
    command: 'pktw status',
  },
]

test.each(rows)('$code', async ({ code, surroundings, evidence, command, fix }) => {
  const found = await examined(doctored(surroundings))
  expect(found.map((f) => f.code)).toEqual([code])
  const [one] = found
  expect(one?.evidence).toMatch(evidence)
  expect(one?.command).toBe(command)
  expect(one?.fix !== undefined).toBe(fix === true)
  expect(one?.message).not.toMatch(/\{\w+\}/)
  expect(one?.remedy).not.toMatch(/\{\w+\}/)
})

test.each([
  ['-1', '2000'],
  ['-1', '5000'],
  ['1000', '0'],
])('polled every %s, %s ms is no trouble', async (own, all) => {
  expect(await codesOf(doctored({ files: polled(own, all) }))).toEqual([])
})

test('doctor.not-allowed: neither in front of the machine nor in the group; by sudo it is who called it', async () => {
  // The node below the root is of whoever runs the tests: that group stands for the drives'.
  const drives = `cdrom:x:${process.getegid?.()}:`
  const people = {
    '/etc/passwd': 'root:x:0:0::/root:/bin/sh\nalice:x:1000:999999::/home/alice:/bin/sh\n',
    '/etc/group': `${drives}\nalice:x:999999:\n`,
  }
  const surroundings = (answers: Surroundings['answers'] = {}): Surroundings => ({
    files: { ...people, '/dev/sr0': '' },
    answers,
  })
  expect(await examined(doctored(surroundings()), 'alice')).toMatchObject([
    {
      code: 'doctor.not-allowed',
      command: 'sudo usermod -aG cdrom alice',
      evidence: expect.stringContaining('alice is in alice'),
    },
  ])
  expect(await codesOf({ ...doctored(surroundings()), uid: 1000 })).toEqual(['doctor.not-allowed'])
  expect(await codesOf(doctored(surroundings()))).toEqual([])
  const seated = { 'loginctl show-seat': { stdout: 'c1\n' }, 'loginctl show-session': { stdout: 'alice\n' } }
  expect(await codesOf(doctored(surroundings(seated)), 'alice')).toEqual([])
  // The drive is at a seat of its own, and so is its user.
  const second = {
    'loginctl show-seat seat1': { stdout: 'c2\n' },
    'loginctl show-session c2': { stdout: 'alice\n' },
    'loginctl show-seat seat0': { stdout: 'c1\n' },
    'loginctl show-session c1': { stdout: 'bob\n' },
  }
  const apart = (answers: Surroundings['answers']) =>
    doctored({ ...surroundings(answers), udev: 'ID_SEAT=seat1\n' })
  expect(await codesOf(apart(second), 'alice')).toEqual([])
  expect(
    await examined(apart({ 'loginctl show-seat seat0': seated['loginctl show-seat'] }), 'alice'),
  ).toMatchObject([
    { code: 'doctor.not-allowed', evidence: expect.stringContaining('no active session on seat1') },
  ])
  const inGroup = { files: { ...people, '/etc/group': `${drives}alice\n`, '/dev/sr0': '' } }
  expect(await codesOf(doctored(inGroup), 'alice')).toEqual([])
})

test('a directory or link to one at /dev/pktcdvd is right; a mask of the rule of udftools is', async () => {
  const system = doctored({ files: { '/usr/lib/udev/rules.d/80-pktsetup.rules': 'x', '/dev/real/x': '' } })
  symlinkSync('real', path.join(system.root, 'dev/pktcdvd'))
  symlinkSync('/dev/null', path.join(system.root, 'etc/udev/rules.d/80-pktsetup.rules'))
  expect(await codesOf(system)).toEqual([])
})

test.each([
  ['5.10.0-30-amd64', false],
  ['5.11.0', true],
  ['6.16.12', true],
  ['6.17.0', false],
])('pktcdvd of Linux %s deadlocks: %s', async (kernel, so) => {
  const files = { '/sys/class/pktcdvd/device_map': '', '/proc/sys/kernel/osrelease': `${kernel}\n` }
  expect((await codesOf(doctored({ files }))).includes('doctor.pktcdvd-deadlocks')).toBe(so)
})

test('mapped and mounted as it should be is no trouble, with direct on the drive itself neither', async () => {
  expect(await codesOf(doctored(mapped))).toEqual([])
  const direct = {
    udev: `${readyDisc.replace('engine', 'direct')}`,
    unit: 'ActiveState=active\nResult=success',
    files: {
      '/run/pktw/map/sr0': 'PKTW_DRIVE=sr0\nPKTW_SLOT=0\n',
      '/run/pktw/held/sr0': '7\n',
      '/proc/self/mountinfo': mountLine('11:0', '/media/cdvdrw'),
    },
  }
  expect(await codesOf(doctored(direct))).toEqual([])
})

test('what is mounted is not mended by itself', async () => {
  const files = { ...mapped.files, '/proc/self/mountinfo': mountLine('253:0', '/mnt') }
  const [left] = await examined(doctored({ ...mapped, files, unit: 'ActiveState=inactive' }))
  expect([left?.code, left?.fix]).toEqual(['doctor.left-mapped', undefined])
})

test('without files of /sys, /proc and /etc it still looks', async () => {
  const system = doctored({ drive: false, without: ['/proc/self/mountinfo', '/proc/sys/kernel/osrelease'] })
  mkdirSync(path.join(system.root, 'etc/pktw'), { recursive: true })
  put(system, '/sys/class/pktcdvd/device_map', 'nonsense\npktcdvd0\n')
  expect(await codesOf(system)).toContain('doctor.no-drive')
})
