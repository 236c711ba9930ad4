import { describe, expect, test } from 'vitest'
import { statusText } from '../../src/cli/status-text.ts'
import { discStateOf } from '../../src/disc/disc-state.ts'
import { reportStatus } from '../../src/disc/status-report.ts'
import { type PrepareState, preparationPaths } from '../../src/system/preparation.ts'
import { driveFiles, linkDrive, machine } from './machine.ts'

const properties = `ID_CDROM_MEDIA=1
PKTW_STATE=ready
PKTW_MEDIUM=dvd+rw
PKTW_PACKET=16
PKTW_BLOCKS=2295104
PKTW_WRITABLE=1
PKTW_REASON=media.ready
`
const mountinfo = `21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
40 21 43:0 / /media/cd\\040rw rw,nosuid,noatime shared:9 - udf /dev/nbd0 rw
41 21 43:1 / /elsewhere rw - ext4 /dev/nbd1 rw
`

function served() {
  const system = machine(
    {
      ...driveFiles('sr0', '11:0'),
      '/sys/class/block/nbd0/dev': '43:0\n',
      '/run/pktw/map/nbd0': 'PKTW_DRIVE=sr0\nPKTW_SLOT=0\n',
      '/run/pktw/map/nonsense': 'PKTW_DRIVE=sr1\n',
      '/proc/self/mountinfo': mountinfo,
      '/etc/udev/rules.d/61-pktw.rules': '',
    },
    {
      'udevadm info': { stdout: properties },
      'systemctl show': { stdout: 'ActiveState=active\nSubState=running\nResult=success\n' },
    },
  )
  linkDrive(system, 'sr0')
  return system
}

test('a drive that is served is told with all that belongs to it', async () => {
  const report = await reportStatus(served(), '1.0')
  expect(report).toEqual({
    version: '1.0',
    installed: 'package',
    drives: [
      {
        drive: 'sr0',
        vendor: 'HL-DT-ST',
        model: 'DVDRAM GP08',
        disc: {
          present: true,
          state: 'ready',
          medium: 'dvd+rw',
          packetBlocks: 16,
          blocks: 2295104,
          writable: true,
          reason: expect.objectContaining({ code: 'media.ready' }),
        },
        unit: { name: 'pktw@sr0.service', active: 'active', sub: 'running', result: 'success' },
        packetDevice: { device: '/dev/nbd0', link: '/dev/pktcdvd/pktcdvd0' },
        mounts: [
          { device: 'nbd0', target: '/media/cd rw', type: 'udf', options: ['rw', 'nosuid', 'noatime'] },
        ],
        silence: 'it is not running',
      },
    ],
  })
  expect(statusText(report, 0)).toBe(`pktw 1.0, installed by a package

sr0  HL-DT-ST DVDRAM GP08
  disc      dvd+rw, 4.7 GB, packets of 32 KiB
  decided   ready: The disc is ready to be written like a disk. [media.ready]
  unit      pktw@sr0.service active (running)
  device    /dev/nbd0, /dev/pktcdvd/pktcdvd0
  mounted   /media/cd rw  udf rw,nosuid,noatime
  backend   does not answer: it is not running (journalctl -u pktw@sr0.service -n 20)
  dirty     not known: leave the disc in`)
})

test('without udevadm, systemd and discs it still tells the drive', async () => {
  const system = machine(driveFiles('sr0', '11:0'))
  linkDrive(system, 'sr0')
  const report = await reportStatus(system, '1.0')
  expect(statusText(report, 0)).toBe(`pktw 1.0, not installed (sudo pktw install)

sr0  HL-DT-ST DVDRAM GP08
  disc      none`)
})

test('a machine without drives', async () => {
  expect(statusText(await reportStatus(machine({}), '1.0'), 0)).toContain('no optical drive')
})

describe('what was decided', () => {
  test('a reason is told in the words of the catalogue, with the next step', () => {
    const disc = discStateOf({ PKTW_STATE: 'timeout', PKTW_REASON: 'drive.timeout' }, 'sr1')
    expect(disc.reason?.message).toContain('/dev/sr1')
    expect(disc.reason?.remedy).toBeDefined()
  })
  test('a reason of another version is shown as it is', () => {
    expect(discStateOf({ PKTW_REASON: 'media.new-one' }, 'sr0').reason).toEqual({
      code: 'media.new-one',
      message: 'media.new-one',
    })
  })
  test('numbers that are none are left out', () => {
    expect(discStateOf({ PKTW_BLOCKS: '12x', PKTW_PACKET: '' }, 'sr0')).toEqual({ present: false })
  })
})

test('what a drive calls itself does not steer the terminal', async () => {
  const system = machine({ ...driveFiles('sr0', '11:0') })
  linkDrive(system, 'sr0')
  const report = await reportStatus(system, '1.0')
  const drives = report.drives.map((d) => ({ ...d, model: 'GP08\x1b[2J' }))
  expect(statusText({ ...report, drives }, 0)).toContain('sr0  HL-DT-ST GP08?[2J')
})

describe('a disc that is being prepared', () => {
  const known: PrepareState = {
    ...{ version: 1, drive: 'sr0', diskseq: '7', phase: 'formatting', disc: 'in-work' },
    ...{ startedAt: 0, updatedAt: 0, phaseStartedAt: 0, perMille: 500, endsAt: 600_000 },
  }
  const textOf = async (state: PrepareState): Promise<string> => {
    const files = { [preparationPaths.state('sr0')]: JSON.stringify(state) }
    const system = machine({ ...driveFiles('sr0', '11:0'), ...files }, {})
    linkDrive(system, 'sr0')
    return statusText(await reportStatus(system, '1.0'), 0)
  }
  test('how far it is', async () => {
    expect(await textOf(known)).toMatch(/^ {2}prepare +formatting \[#{10}-{10}\] 50 %, 10 min left$/m)
  })
  test('how it ended, unless it ended well', async () => {
    const error = { code: 'prepare.worn', message: 'it could not be formatted', remedy: 'clean it' }
    const failed = await textOf({ ...known, phase: 'failed', error })
    expect(failed).toMatch(/^ {2}prepare +it could not be formatted \[prepare.worn\]\n +→ clean it$/m)
    expect(await textOf({ ...known, phase: 'done' })).not.toContain('prepare')
  })
})
