// pktw as somebody who is not root: the service does it, on a private bus.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { eject } from '../../src/cli/eject.ts'
import { map, unmap } from '../../src/cli/map.ts'
import { mount, umount } from '../../src/cli/mount.ts'
import { prepare } from '../../src/cli/prepare.ts'
import { Stop } from '../../src/diagnostics/stop.ts'
import { TransportError } from '../../src/mmc/transport.ts'
import { parseOrder, preparationPaths } from '../../src/system/preparation.ts'
import {
  automounted,
  blankDisc,
  type Desk,
  type DeskOptions,
  happens,
  mountinfo,
  readyDisc as ready,
  startDesk,
} from '../bus/desk.ts'
import { needBus, type PrivateBus, startBus } from '../bus/private-bus.ts'
import { hear } from '../hear.ts'

let bus: PrivateBus | undefined
let desk: Desk | undefined
const said = hear(process.stdout)
beforeEach(async (context) => {
  needBus(context)
  bus ??= await startBus()
  vi.stubEnv('DBUS_SYSTEM_BUS_ADDRESS', bus.address)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await desk?.end()
  desk = undefined
})
afterAll(() => bus?.stop())

const user = async (options?: DeskOptions) => {
  desk = await startDesk(bus!, options)
  return { ...desk.system, uid: 1000 }
}
const options = { drive: 'sr0' }
const readyDisc = { ...ready, ID_FS_TYPE: 'udf' }

test('map, mount, umount, unmap, eject: no unit is touched by pktw itself', async () => {
  const system = await user()
  expect(await map(options, system)).toBe(0)
  expect(await mount(options, system)).toBe(0)
  expect(await umount(options, system)).toBe(0)
  expect(await unmap(options, system)).toBe(0)
  expect(await eject({ ...options, force: false, yes: false }, system)).toBe(0)
  expect(said.text.split('\n')).toEqual([
    'sr0 is /dev/nbd0, also /dev/pktw/sr0',
    'sr0 is mounted at /media/cdvdrw',
    'sr0 is unmounted; pktw mount sr0 mounts it again, pktw eject sr0 gives the disc back',
    'sr0 is let go; pktw map sr0 takes the disc up again',
    'the disc in sr0 is ejected',
    '',
  ])
  expect(system.commands.filter((command) => !/^(udevadm info|getent)/.test(command))).toEqual([])
})

test('mount.automount: mounted, it waits for the next look as well; unmounted, nothing waits any more', async () => {
  const system = await user(automounted)
  const waits = () => readFileSync(path.join(system.root, mountinfo), 'utf8').includes('autofs')
  expect(await mount(options, system)).toBe(0)
  expect(waits()).toBe(true)
  expect(await umount(options, system)).toBe(0)
  expect(waits()).toBe(false)
  expect(await mount(options, system)).toBe(0)
  // Nobody used it for long enough.
  await happens(desk!.bus, {}, automounted.effects['stop media-cdvdrw.mount'].files)
  expect(waits()).toBe(true)
  expect(await umount(options, system)).toBe(0)
  expect(waits()).toBe(false)
  expect(said.text.split('\n').slice(2)).toEqual([
    'sr0 is mounted at /media/cdvdrw',
    'sr0 is unmounted; pktw mount sr0 mounts it again, pktw eject sr0 gives the disc back',
    '',
  ])
})

describe('prepare, by who may not open the drive', () => {
  const prepareUnit = 'pktw-prepare@sr0.service'
  const asked = { ...options, label: undefined, full: false, wait: false, cancel: false, dryRun: false }
  const open = () => Promise.reject(new TransportError('refused', 'EACCES'))
  const at = async (disc: Record<string, string>, more: { erase?: boolean; dryRun?: boolean } = {}) => {
    const effects = { [`start ${prepareUnit}`]: { state: 'inactive' } }
    const system = await user({ udev: { sr0: disc }, effects })
    const machine = { system, open, holders: async () => [] }
    const done = prepare({ ...asked, erase: false, json: false, ...more }, machine)
    const code = await done.catch((e: unknown) => (e as Stop).diagnostics[0])
    const order = await system.read(preparationPaths.order('sr0'))
    return { code, order: order === undefined ? undefined : parseOrder(order.toString('utf8')) }
  }
  const ordered = { diskseq: '7', profile: 0x1a, label: 'DVD+RW' }

  test('the service is asked, which may: a disc as udev knows it', async () => {
    expect(await at(blankDisc)).toMatchObject({ code: 0, order: { ...ordered, erase: false } })
  })

  test('with something on it: confirmed as always', async () => {
    expect(await at(readyDisc)).toMatchObject({
      code: { code: 'prepare.needs-erase', message: expect.stringContaining('"PHOTOS" (udf), 4.7 GB') },
      order: undefined,
    })
  })

  test('with something on it, --erase', async () => {
    expect(await at(readyDisc, { erase: true })).toMatchObject({
      code: 0,
      order: { ...ordered, erase: true },
    })
  })

  test.each([
    ['no disc', { DISKSEQ: '7' }, 'prepare.no-disc'],
    ['a CD-R', { ID_CDROM_MEDIA: '1' }, 'prepare.not-rewritable'],
    ['a machine without udev', {}, 'drive.refused'],
  ])('%s', async (_, disc, code) => {
    expect(await at(disc as Record<string, string>)).toMatchObject({ code: { code }, order: undefined })
  })

  test('what only the drive can tell is not made up', async () => {
    expect(await at(blankDisc, { dryRun: true })).toMatchObject({ code: { code: 'drive.refused' } })
  })
})

test('what the service says is what pktw says', async () => {
  const system = await user({ effects: { 'start pktw@sr0.service': { result: 'timeout' } } })
  const error = await map(options, system).catch((e: unknown) => e)
  expect((error as Stop).diagnostics).toEqual([
    {
      code: 'cli.unit-failed',
      severity: 'error',
      message: 'systemd could not start pktw@sr0.service: it took too long',
      remedy: 'The journal says more: journalctl -u pktw@sr0.service -n 20',
    },
  ])
})

test('without a bus a user is told, and root does not notice', async () => {
  const system = await user()
  vi.stubEnv('DBUS_SYSTEM_BUS_ADDRESS', 'unix:path=/nowhere')
  const error = await map(options, system).catch((e: unknown) => e)
  expect(error).toBeInstanceOf(Stop)
  expect((error as Stop).diagnostics[0]?.code).toBe('bus.unreachable')
  const root = { ...system, uid: 0 }
  await expect(map(options, root)).rejects.toThrow(/systemd could not start|not found|exit code 127/)
  expect(root.commands).toContain('systemctl --no-ask-password start -- pktw@sr0.service')
})
