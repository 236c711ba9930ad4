// The program as it is installed, bundled, under the flags of its unit.
import { readFileSync } from 'node:fs'
import { afterAll, expect, inject, test } from 'vitest'
import { needBus, type PrivateBus, runAs, startBus } from './private-bus.ts'

const program = `${inject('programs')}/pktwd.mjs`

let bus: PrivateBus | undefined
afterAll(() => bus?.stop())

test('pktwd serves under the flags of its unit, and ends when nobody needs it', async (context) => {
  needBus(context)
  bus = await startBus()
  await bus.mock('systemd1')
  const flags = /^ExecStart=\S+ (.*) \S+$/m.exec(readFileSync('systemd/pktwd.service', 'utf8'))?.[1] ?? ''
  expect(flags).toContain('--jitless')
  const child = await bus.service('org.pktw.Pktw1', process.execPath, [
    ...flags.split(' '),
    program,
    '--idle=2',
  ])
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const asked = await runAs(bus, 0, ['busctl', '--system', 'introspect', 'org.pktw.Pktw1', '/org/pktw/Pktw1'])
  expect([asked.code, asked.stderr]).toEqual([0, ''])
  expect(asked.stdout).toMatch(/^org\.pktw\.Pktw1\.Manager +interface/m)
  expect(await ended).toBe(0)
})
