// Automounters that wait, and get everything back: also when who held them died.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, inject, test } from 'vitest'
import { Automounters } from '../../src/session/automounters.ts'
import type { Bus } from '../../src/session/bus.ts'
import { run } from '../../src/system/run.ts'
import { privateBus, until } from './private-bus.ts'

const manager = {
  destination: 'org.gnome.SessionManager',
  path: '/org/gnome/SessionManager',
  interface: 'org.gnome.SessionManager',
}
const kded = { destination: 'org.kde.kded6', path: '/kded', interface: 'org.kde.kded6' }

const isInhibited = async (bus: Bus): Promise<boolean> =>
  (await bus.call(manager, 'IsInhibited', 'u', [16]))[0] === true
const automountsIn = async (bus: Bus): Promise<boolean> =>
  ((await bus.call(kded, 'loadedModules'))[0] as string[]).includes('device_automounter')

/** ExecStopPost= of pktw-session.service, were pktw installed in that directory: systemd passes over a program that is gone. */
const stopPostIn = (directory: string): [string, string] => {
  const unit = readFileSync('systemd/pktw-session.service', 'utf8')
  const [, name = '', verb = ''] = /^ExecStopPost=-\/usr\/lib\/pktw\/(\S+\.mjs) (\S+)$/m.exec(unit) ?? []
  return [path.join(directory, name), verb]
}

test('GNOME, MATE and KDE wait while a disc is prepared, and no longer', async (context) => {
  const bus = await privateBus(context)
  const session = await bus.mock('session_manager', manager.destination)
  await bus.mock('kded', kded.destination)
  const other = await bus.connect()
  const automounters = new Automounters(await bus.connect(), bus.directory)
  await automounters.hold('preparing the disc in sr0')
  await automounters.hold('preparing the disc in sr0')
  expect([await isInhibited(other), await automountsIn(other)]).toEqual([true, false])
  await automounters.release()
  expect([await isInhibited(other), await automountsIn(other)]).toEqual([false, true])
  expect(session.calls().filter((line) => line.startsWith('Inhibit'))).toEqual([
    'Inhibit "pktw-session" 0 "preparing the disc in sr0" 16',
  ])
})

test('the holder dies: the bus gives GNOME back its automounter, and the next one of us KDE its module', async (context) => {
  const bus = await privateBus(context)
  await bus.mock('session_manager', manager.destination)
  await bus.mock('kded', kded.destination)
  const other = await bus.connect()
  const dying = await bus.connect()
  await new Automounters(dying, bus.directory).hold('preparing the disc in sr0')
  dying.close()
  await until('the inhibitor went with it', async () => !(await isInhibited(other)))
  expect(await automountsIn(other)).toBe(false)

  const env = { XDG_RUNTIME_DIR: bus.directory, DBUS_SESSION_BUS_ADDRESS: bus.address }
  const [program, verb] = stopPostIn(inject('programs'))
  const ran = await run(program, [verb], { env })
  expect([ran.code, ran.stderr]).toEqual([0, ''])
  expect(await automountsIn(other)).toBe(true)
  expect(existsSync(path.join(bus.directory, 'pktw-session/kded'))).toBe(false)
})

test('a module that was not loaded stays out', async (context) => {
  const bus = await privateBus(context)
  await bus.mock('kded', kded.destination, { modules: ['networkstatus'] })
  const own = await bus.connect()
  const automounters = new Automounters(own, bus.directory)
  await automounters.hold('preparing')
  await automounters.release()
  expect(await automountsIn(own)).toBe(false)
})

test('none of them there, and a record that names nobody: nothing happens', async (context) => {
  const bus = await privateBus(context)
  mkdirSync(path.join(bus.directory, 'pktw-session'))
  writeFileSync(path.join(bus.directory, 'pktw-session/kded'), 'org.example.Else\n')
  const automounters = new Automounters(await bus.connect(), bus.directory)
  await automounters.restore()
  await automounters.hold('preparing')
  await expect(automounters.release()).resolves.toBeUndefined()
})
