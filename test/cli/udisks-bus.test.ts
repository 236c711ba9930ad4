// pktw mount with style udisks: the real udisksctl, and python-dbusmock with our template in the place of udisks.
import { expect, type TestContext, test } from 'vitest'
import { mount } from '../../src/cli/mount.ts'
import { Stop } from '../../src/diagnostics/stop.ts'
import type { Bus } from '../../src/session/bus.ts'
import { run } from '../../src/system/run.ts'
import type { System } from '../../src/system/system.ts'
import { privateBus } from '../session/private-bus.ts'
import { needTools } from '../tools.ts'
import { driveFiles, machine } from './machine.ts'

const name = 'org.freedesktop.UDisks2'
const testing = { destination: name, path: '/org/freedesktop/UDisks2', interface: 'org.pktw.Test' }

const settings = JSON.stringify({
  style: 'udisks',
  mounts: [],
  options: [],
  owner: 'seat',
  group: 'cdrom',
  eject: true,
})

async function scene(context: TestContext) {
  needTools(context, 'udisksctl')
  const bus = await privateBus(context, 'system')
  const udisks = await bus.mock('udisks2', name)
  const own: Bus = await bus.connect()
  const [drive] = await own.call(testing, 'AddDrive', 's', ['PKTW_DVDRAM'])
  await own.call(testing, 'AddBlock', 'ssos', ['nbd0', 'LAB', drive, ''])
  const faked = machine(
    {
      ...driveFiles('sr0', '11:0'),
      '/sys/class/block/sr0/dev': '11:0\n',
      '/sys/class/block/nbd0/dev': '43:0\n',
      '/run/pktw/map/nbd0': 'PKTW_DRIVE=sr0\nPKTW_SLOT=0\n',
      '/usr/lib/pktw/settings.json': settings,
      '/proc/self/mountinfo': '',
    },
    { 'udevadm info': { stdout: 'ID_FS_USAGE=filesystem\nPKTW_STATE=ready\n' } },
  )
  const system: System = {
    ...faked,
    uid: 1000,
    run: (program, argv, options) =>
      program === 'udisksctl'
        ? run(program, argv, { ...options, env: { DBUS_SYSTEM_BUS_ADDRESS: bus.address } })
        : faked.run(program, argv, options),
  }
  const failNext = (error: string, why: string) => own.call(testing, 'FailNext', 'sss', ['nbd0', error, why])
  return { system, failNext, calls: () => udisks.calls().filter((line) => /^(Mount|Unmount)/.test(line)) }
}

/** Codes of what it stopped with. */
const codesOf = (promise: Promise<unknown>): Promise<string[]> =>
  promise.then(
    () => [],
    (error: unknown) => {
      if (!(error instanceof Stop)) throw error
      return error.diagnostics.map(({ code }) => code)
    },
  )

test('mount asks udisks for the packet device', async (context) => {
  const { system, calls } = await scene(context)
  expect(await mount({ drive: 'sr0' }, system)).toBe(0)
  expect(calls()).toHaveLength(1)
  expect(calls()[0]).toContain('auth.no_user_interaction')
})

test('what udisks refuses is told as what it is', async (context) => {
  const { system, failNext } = await scene(context)
  await failNext('NotAuthorizedCanObtain', 'Not authorized to perform operation')
  expect(await codesOf(mount({ drive: 'sr0' }, system))).toEqual(['cli.not-allowed'])
  await failNext('Failed', 'wrong fs type, bad option, bad superblock on /dev/nbd0')
  expect(await codesOf(mount({ drive: 'sr0' }, system))).toEqual(['cli.udisks-failed'])
})
