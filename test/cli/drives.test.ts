import { describe, expect, test } from 'vitest'
import { whichDrive } from '../../src/cli/drives.ts'
import { doUnit } from '../../src/cli/units.ts'
import { Stop } from '../../src/diagnostics/stop.ts'
import type { System } from '../../src/system/system.ts'
import { machine } from './machine.ts'

const two = () =>
  machine({
    '/sys/class/block/sr0/dev': '11:0',
    '/sys/class/block/sr10/dev': '11:10',
    '/sys/class/block/sda/dev': '8:0',
    '/run/pktw/map/nbd3': 'PKTW_DRIVE=sr10\nPKTW_SLOT=1\n',
  })

const codeOf = async (work: Promise<unknown>): Promise<string | undefined> => {
  const error = await work.catch((e: unknown) => e)
  if (!(error instanceof Stop)) throw new Error(`not stopped: ${String(error)}`)
  return error.diagnostics[0]?.code
}

describe('which drive', () => {
  test.each([
    ['sr0', 'sr0'],
    ['/dev/sr10', 'sr10'],
    ['/dev/nbd3', 'sr10'],
    ['nbd3', 'sr10'],
  ])('%s is %s', async (asked, drive) => expect(await whichDrive(two(), asked, 'eject')).toBe(drive))

  test.each(['sda', 'sr1', '/etc/sr0', '../sr0', 'sr0;reboot', '--force', ''])(
    '%j is none',
    async (asked) => {
      expect(await codeOf(whichDrive(two(), asked, 'eject'))).toBe('cli.not-a-drive')
    },
  )

  test('the only one needs no name', async () => {
    expect(await whichDrive(machine({ '/sys/class/block/sr1/dev': '11:1' }), undefined, 'map')).toBe('sr1')
    expect(await codeOf(whichDrive(machine({}), undefined, 'map'))).toBe('cli.no-drive')
  })

  const drives = { '/sys/class/block/sr0/dev': '11:0', '/sys/class/block/sr1/dev': '11:1' }
  const ready = { stdout: 'ID_CDROM_MEDIA=1\nPKTW_STATE=ready\n' }
  const told = async (system: System): Promise<unknown> =>
    whichDrive(system, undefined, 'umount').catch((e: Stop) => e.diagnostics[0])

  test('of several it is the one with a disc of ours: mapped, or ready to be', async () => {
    expect(await whichDrive(two(), undefined, 'unmap')).toBe('sr10')
    const inSecond = { 'udevadm info --query=property --path=/sys/class/block/sr1': ready }
    expect(await told(machine(drives, inSecond))).toBe('sr1')
  })

  test('of several with none, or more than one, one must be named', async () => {
    expect(await told(machine(drives))).toMatchObject({
      code: 'cli.which-drive',
      message: expect.stringContaining('sr0, sr1'),
      remedy: expect.stringContaining('pktw umount sr0'),
    })
    const third = machine({ ...drives, '/sys/class/block/sr2/dev': '11:2' }, { 'udevadm info': ready })
    expect(await told(third)).toMatchObject({ message: expect.stringContaining('sr0, sr1, sr2') })
  })
})

describe('starting and stopping units', () => {
  const start = (stderr: string) =>
    doUnit(machine({}, { systemctl: { code: 1, stderr } }), 'start', 'pktw@sr0.service', 'waiting')
  test.each([
    ['Failed to start pktw@sr0.service: Interactive authentication required.', 'cli.not-allowed'],
    ['Failed to start pktw@sr0.service: Access denied', 'cli.not-allowed'],
    ['Failed to start pktw@sr0.service: Unit pktw@sr0.service not found.', 'cli.not-installed'],
    [
      'Job for pktw@sr0.service failed because the control process exited with error code.',
      'cli.unit-failed',
    ],
  ])('%s', async (stderr, code) => expect(await codeOf(start(stderr))).toBe(code))

  test('goes to systemctl as one argument each, and nothing is asked', async () => {
    const system = machine({}, { systemctl: {} })
    await doUnit(system, 'stop', 'pktw@sr0.service', 'waiting')
    expect(system.commands).toEqual(['systemctl --no-ask-password stop -- pktw@sr0.service'])
  })
})
