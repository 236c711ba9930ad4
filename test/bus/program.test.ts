// The program as it is installed, bundled, under the flags of its unit.
import { cpSync, readFileSync, renameSync } from 'node:fs'
import path from 'node:path'
import { beforeEach, expect, inject, onTestFinished, test } from 'vitest'
import { needBus, type PrivateBus, runAs, startBus } from './private-bus.ts'

const program = `${inject('programs')}/pktwd.mjs`

const flags = (
  /^ExecStart=\S+ (.*) \S+$/m.exec(readFileSync('systemd/pktwd.service', 'utf8'))?.[1] ?? ''
).split(' ')

let bus: PrivateBus
beforeEach(async (context) => {
  needBus(context)
  bus = await startBus()
  onTestFinished(() => bus.stop())
  await bus.mock('systemd1')
})

/** Starts it; gives what it ends with. */
async function start(file: string, idle: number): Promise<{ ended: Promise<unknown> }> {
  const child = await bus.service('org.pktw.Pktw1', process.execPath, [...flags, file, `--idle=${idle}`])
  return { ended: new Promise((resolve) => child.once('exit', resolve)) }
}

test('it serves under the flags of its unit, and ends when nobody needs it', async () => {
  expect(flags).toContain('--jitless')
  const { ended } = await start(program, 2)
  const argv = ['busctl', '--system', 'introspect', 'org.pktw.Pktw1', '/org/pktw/Pktw1']
  const asked = await runAs(bus, 0, argv)
  expect([asked.code, asked.stderr]).toEqual([0, ''])
  expect(asked.stdout).toMatch(/^org\.pktw\.Pktw1\.Manager +interface/m)
  expect(await ended).toBe(0)
})

test('it makes room for another version, also while somebody watches', async () => {
  const file = path.join(bus.directory, 'pktwd.mjs')
  cpSync(program, file)
  const { ended } = await start(file, 600)
  const reader = await bus.connect()
  onTestFinished(() => reader.close())
  await reader.call({
    destination: 'org.pktw.Pktw1',
    path: '/org/pktw/Pktw1',
    interface: 'org.freedesktop.DBus.ObjectManager',
    member: 'GetManagedObjects',
  })
  cpSync(file, `${file}.new`)
  renameSync(`${file}.new`, file)
  expect(await ended).toBe(0)
})
