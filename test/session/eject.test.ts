// The desktop's unmount from one end to the other: pktw-session on the session's bus, pktwd on the system's, both real, for the
// same machine made of files. What the user may do is polkit's, in test/bus: here the user is root.
import { existsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, onTestFinished, type TestContext, test, vi } from 'vitest'
import { Desk } from '../../src/session/desk.ts'
import { StateWatch } from '../../src/session/state-watch.ts'
import type { System } from '../../src/system/system.ts'
import { mountedBy, readyDisc, startDesk, usual } from '../bus/desk.ts'
import { callAs, needBus, type PrivateBus, startBus } from '../bus/private-bus.ts'
import { privateBus, until } from './private-bus.ts'

const desktopMount = '/run/media/root/PHOTOS'

/** A disc that the desktop has mounted. */
async function scene(
  context: TestContext,
): Promise<{ bus: PrivateBus; system: System; looks: () => number }> {
  needBus(context)
  const bus = await startBus()
  onTestFinished(() => bus.stop())
  const service = await startDesk(bus, {
    files: {
      ...mountedBy(0, desktopMount),
      '/run/pktw/held/sr0': '7\n',
      '/sys/devices/pci/host0/block/sr0/diskseq': '7\n',
    },
    effects: {
      ...usual(),
      'stop run-media-root-PHOTOS.mount': { files: { '/proc/self/mountinfo': '\n' } },
    },
    udev: { sr0: readyDisc },
    settings: { style: 'udisks', mounts: [] },
  })
  onTestFinished(() => service.end())
  vi.stubEnv('DBUS_SYSTEM_BUS_ADDRESS', bus.address)
  onTestFinished(() => void vi.unstubAllEnvs())
  let looks = 0
  const system: System = {
    ...service.system,
    run: (program, argv, options) => {
      const command = [program, ...argv].join(' ')
      const answer = (stdout: string) => Promise.resolve({ code: 0, stdout, stderr: '' })
      if (command.startsWith('loginctl show-seat')) return answer('3\n')
      if (command.startsWith('loginctl show-session')) return answer('User=0\nClass=user\n')
      if (command.startsWith('getent passwd')) return answer('root:x:0:0:root:/root:/bin/sh\n')
      if (!command.startsWith('systemctl show')) return service.system.run(program, argv, options)
      looks += 1
      return answer('ActiveState=active\nResult=success\n\nActiveState=inactive\nResult=success\n')
    },
  }
  const session = await privateBus(context)
  const ended = new AbortController()
  const desk = new Desk({
    system,
    bus: await session.connect(),
    settings: { mounts: [], eject: true },
    runtimeDir: session.directory,
    log: { error: () => undefined, warning: () => undefined, info: () => undefined },
    watch: new StateWatch(path.join(system.root, 'run/pktw')),
    signal: ended.signal,
  })
  const running = desk.run()
  onTestFinished(async () => {
    ended.abort()
    await running
  })
  await until('the session has looked', () => looks > 0)
  return { bus, system, looks: () => looks }
}

const isMapped = ({ system }: { system: System }): boolean =>
  existsSync(path.join(system.root, 'run/pktw/map/nbd0'))

test('the desktop unmounts, and the eject unit is started', async (context) => {
  const at = await scene(context)
  writeFileSync(path.join(at.system.root, 'proc/self/mountinfo'), '\n')
  await until('the disc is let go', () => !isMapped(at))
})

test('Unmount of the service keeps the disc in', async (context) => {
  const at = await scene(context)
  const { code, stderr } = await callAs(at.bus, 0, 'sr0', 'Unmount')
  expect([code, stderr]).toEqual([0, ''])
  const looks = at.looks()
  await until('the session has looked twice at that', () => at.looks() > looks + 1)
  expect(isMapped(at)).toBe(true)
})
