// org.pktw.Pktw1 as a caller meets it: busctl on a private bus with the real dbus-daemon.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { driveInterface, managerInterface, rootPath } from '../../src/artifacts/bus/interfaces.ts'
import { type Desk, type DeskOptions, mapped, mountedBy, mountinfo, startDesk, usual } from './desk.ts'
import { callAs, needBus, type PrivateBus, runAs, startBus } from './private-bus.ts'

let bus: PrivateBus
let desk: Desk | undefined
beforeEach(async (context) => {
  needBus(context)
  bus = await startBus()
})
afterEach(async () => {
  desk?.bus.close()
  desk = undefined
  await bus?.stop()
})
const start = async (options?: DeskOptions): Promise<Desk> => {
  desk = await startDesk(bus, options)
  return desk
}
const call = (...args: string[]) => callAs(bus, 0, 'sr0', ...args)
const property = async (name: string): Promise<unknown> => {
  const said = await runAs(bus, 0, [
    ...['busctl', '--system', '--json=short', 'get-property', 'org.pktw.Pktw1'],
    ...['/org/pktw/Pktw1/drives/sr0', 'org.pktw.Pktw1.Drive', name],
  ])
  expect(said.stderr).toBe('')
  return JSON.parse(said.stdout).data
}

test('a disc goes through all verbs', async () => {
  await start()
  expect(await property('State')).toBe('ready')
  expect(await property('BlockDevice')).toBe('')
  expect(JSON.parse((await call('Map')).stdout).data).toEqual(['/dev/nbd0'])
  expect(await property('BlockDevice')).toBe('/dev/nbd0')
  expect(JSON.parse((await call('Mount')).stdout).data).toEqual(['/media/cdvdrw'])
  expect(await property('MountPoints')).toEqual(['/media/cdvdrw'])
  expect(await call('Unmount')).toMatchObject({ code: 0, stderr: '' })
  expect(await property('MountPoints')).toEqual([])
  expect(await call('Eject')).toMatchObject({ code: 0, stderr: '' })
  expect(await property('BlockDevice')).toBe('')
  expect(await property('Job')).toBe('/')
})
