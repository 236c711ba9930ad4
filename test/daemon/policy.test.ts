// Which actions a call needs, how far something is, how many may wait.
import { describe, expect, test } from 'vitest'
import { Calls } from '../../src/daemon/calls.ts'
import { printable } from '../../src/daemon/look.ts'
import { actionsFor, detailsOf, ownersOf, type Situation, type Verb } from '../../src/daemon/policy.ts'
import { progressOf, unknown } from '../../src/daemon/progress.ts'
import type { Stop } from '../../src/diagnostics/stop.ts'

const alone: Situation = {
  uid: 1000,
  seat: 'seat0',
  driveSeat: 'seat0',
  owners: [],
  blank: true,
  startedBy: undefined,
}

describe('actions', () => {
  test.each<[Verb, Partial<Situation>, string[]]>([
    ['map', {}, ['map']],
    ['map', { seat: undefined }, ['map-other-seat']],
    ['map', { seat: 'seat1' }, ['map-other-seat']],
    ['map', { owners: [1001] }, ['map']],
    ['unmap', { owners: [1001] }, ['map', 'unmount-other-user']],
    ['mount', { owners: [1001] }, ['mount']],
    ['unmount', { owners: [1000] }, ['mount']],
    ['unmount', { owners: [1000, 1001] }, ['mount', 'unmount-other-user']],
    ['eject', { owners: [1001], seat: undefined }, ['eject-other-seat', 'unmount-other-user']],
    ['prepare', {}, ['prepare']],
    ['prepare', { blank: false }, ['prepare', 'erase']],
    // udev may know as blank what another program has written since.
    ['prepare', { erase: true }, ['prepare', 'erase']],
    ['prepare', { erase: false }, ['prepare']],
    ['prepare', { blank: false, seat: 'seat1' }, ['prepare-other-seat', 'erase']],
    ['cancel', { startedBy: 1000 }, ['prepare']],
    ['cancel', { startedBy: 1001 }, ['prepare', 'cancel-other-user']],
    ['cancel', {}, ['prepare', 'cancel-other-user']],
  ])('%s %j', (verb, differs, wanted) => {
    expect(actionsFor(verb, { ...alone, ...differs })).toEqual(wanted.map((name) => `org.pktw.${name}`))
  })
})

test('whose a mount is', () => {
  const of = (target: string, ...superOptions: string[]) => ({ target, superOptions })
  const users: Record<string, number> = { bob: 1001, 'eve.x': 1002 }
  const whose = (...mounts: ReturnType<typeof of>[]) =>
    ownersOf(
      mounts,
      ({ target }) => target === '/media/cdvdrw',
      (name) => users[name],
    )
  const ours = (...superOptions: string[]) => of('/media/cdvdrw', ...superOptions)
  expect(whose(ours('rw', 'uid=1000', 'gid=1000'), ours('uid=1000'), ours('uid=1001'))).toEqual([1000, 1001])
  expect(whose(ours('rw', 'gid=24'), ours('uid=0'), ours('uid=12x'), ours('xuid=5'))).toEqual([])
  // ext4 has no uid=: mounted by udisks, here and on Debian.
  expect(whose(of('/run/media/bob/DATA', 'rw'), of('/media/eve.x/a/b', 'rw'))).toEqual([1001, 1002])
  expect(whose(of('/run/media/bob/DATA', 'uid=1000'))).toEqual([1000])
  for (const target of [
    '/mnt',
    '/media/bob',
    '/run/media/gone/DATA',
    '/srv/run/media/bob/DATA',
    '/run/media/0/D',
  ])
    expect([target, whose(of(target, 'rw'))]).toEqual([target, [0]])
})

test('the prompt: names without what would steer it', () => {
  expect(printable(`a\u001b[2J\u202eb${'x'.repeat(100)}`)).toBe(`a?[2J?b${'x'.repeat(57)}`)
  const about = { drive: 'sr0', name: '', label: '', othersFiles: true, owners: ['bob', 'eve'] }
  expect(detailsOf(about)).toEqual({
    device: '/dev/sr0',
    label: '',
    'others-files': 'yes',
    disc: 'the disc',
    drive: 'sr0',
    owner: 'bob, eve',
    open: ' Programs of other users have files on it open.',
  })
})

test('progress: rate and end from the last while', () => {
  expect(progressOf([])).toEqual(unknown)
  expect(progressOf([{ at: 0, left: 0 }])).toEqual({ ...unknown, left: 0 })
  expect(progressOf([{ at: 1000, left: 4000 }])).toEqual({ progress: 0, left: 4000, rate: 0, end: 0 })
  const steady = [0, 1, 2].map((s) => ({ at: 1000 * s, left: 4000 - 1000 * s }))
  expect(progressOf(steady)).toEqual({ progress: 0.5, left: 2000, rate: 1000, end: 4000 })
  // A drive that stood still for a minute is not slow for ever.
  const late = [{ at: -60_000, left: 4000 }, ...steady]
  expect(progressOf(late).rate).toBe(1000)
})

test('eight of a user, and no more; others go on, and root in any case', () => {
  const calls = new Calls()
  const leave = Array.from({ length: 8 }, () => calls.enter(1000))
  const refused = (() => {
    try {
      calls.enter(1000)
      return undefined
    } catch (error) {
      return (error as Stop).diagnostics[0]?.code
    }
  })()
  expect(refused).toBe('bus.too-many-calls')
  calls.enter(1001)
  leave[0]?.()
  calls.enter(1000)
  expect(calls.waiting).toBe(9)
  for (let uid = 2000; calls.waiting < 64; uid++) calls.enter(uid)
  expect(() => calls.enter(3000)).toThrow()
  calls.enter(0)
})
