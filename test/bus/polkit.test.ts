// Who may do what to which disc, decided by the real polkitd with the policy that is installed, and by sessions as logind writes them.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { generate } from '../../src/artifacts/generate.ts'
import { layouts } from '../../src/artifacts/layouts.ts'
import { polkitActions } from '../../src/artifacts/polkit-actions.ts'
import type { Bus } from '../../src/bus/connection.ts'
import { loadTemplates } from '../../src/render/templates.ts'
import { parseSettings } from '../../src/settings/parse.ts'
import { preparationPaths } from '../../src/system/preparation.ts'
import { type Agent, startAgent } from './agent.ts'
import {
  blankDisc,
  type Desk,
  type DeskOptions,
  happens,
  mapped,
  mountedAt,
  mountedBy,
  readyDisc,
  startDesk,
  usual,
} from './desk.ts'
import {
  callAs,
  commandAs,
  environmentOf,
  needPolkit,
  type PrivateBus,
  runAs,
  startBus,
  startPolkitd,
} from './private-bus.ts'

// Users that every Debian has: games, man, lp, mail, news, backup.
const people = {
  alice: { uid: 5, seat: 'seat0', active: true },
  carol: { uid: 6, seat: 'seat0', active: false },
  dave: { uid: 7, seat: 'seat1', active: true },
  bob: { uid: 8, seat: '', active: true },
  nobody: { uid: 9, seat: '', active: false },
  admin: { uid: 34, seat: '', active: false },
  root: { uid: 0, seat: '', active: false },
} as const
type Person = keyof typeof people

const rules = generate(
  parseSettings('access: { admins: backup }', 'x').value!,
  layouts.debian,
  loadTemplates(),
).value!.find(({ kind }) => kind === 'polkit-rules')!.text

let bus: PrivateBus | undefined
let desk: Desk | undefined
beforeEach(async (context) => {
  needPolkit(context)
  if (bus !== undefined) return
  bus = await startBus()
  const { alice, carol, dave, bob } = people
  await startPolkitd(bus, [rules], [alice, carol, dave, bob])
  const seats = [alice, carol, dave, bob].map(({ uid, seat }) => [String(uid), seat])
  await bus.mock('login1', { users: Object.fromEntries(seats) })
})
afterEach(async () => {
  await desk?.end()
  desk = undefined
})
afterAll(() => bus?.stop())

const prepare = 'pktw-prepare@sr0.service'
const states: Record<string, DeskOptions> = {
  free: { files: mapped },
  'of alice': { files: mountedBy(people.alice.uid) },
  'of nobody': { files: mountedBy(0) },
  // As udisks does it for ext4: nothing in the table says whose it is.
  'of bob, as his directory says': { files: mountedAt('/run/media/mail/DATA') },
  'of root': { files: mountedAt('/mnt/backup') },
  'on seat1': { udev: { sr0: { ...readyDisc, ID_SEAT: 'seat1' } }, files: mapped },
  blank: { udev: { sr0: blankDisc } },
  'with data': { udev: { sr0: readyDisc } },
}
const call: Record<string, string[]> = {
  Prepare: ['Prepare', 'a{sv}', '0'],
  Erase: ['Prepare', 'a{sv}', '1', 'erase', 'b', 'true'],
}
const driveCall = ['org.pktw.Pktw1', '/org/pktw/Pktw1/drives/sr0', 'org.pktw.Pktw1.Drive']
const mountsOf = async ({ system }: Desk): Promise<string> =>
  (await system.read('/proc/self/mountinfo'))?.toString('utf8') ?? ''
const gone = { files: { '/proc/self/mountinfo': '\n' } }
const effects = {
  ...usual(),
  'stop run-media-mail-DATA.mount': gone,
  [`start ${prepare}`]: { state: 'inactive' },
}

/** verb, state, who may without a password: a for alice and so on. */
const table: [string, string, Person[]][] = [
  ['Map', 'free', ['alice']],
  ['Unmap', 'free', ['alice']],
  ['Mount', 'free', ['alice']],
  ['Eject', 'free', ['alice']],
  ['Unmount', 'of nobody', ['alice']],
  ['Unmount', 'of alice', ['alice']],
  ['Eject', 'of alice', ['alice']],
  ['Unmount', 'of bob, as his directory says', []],
  ['Eject', 'of bob, as his directory says', []],
  ['Unmap', 'of root', []],
  ['Map', 'on seat1', ['dave']],
  ['Eject', 'on seat1', ['dave']],
  ['Prepare', 'blank', ['alice']],
  ['Erase', 'with data', []],
]

describe.each(table)('%s, a disc %s', (verb, state, may) => {
  test(`without a password: ${may.join(', ') || 'nobody'}`, async () => {
    desk = await startDesk(bus!, { ...states[state], effects })
    const { bus: own } = desk
    const asked = call[verb] ?? [verb]
    // bus.not-authorized. root, and the group of the settings, always.
    const allowed: Person[] = [...may, 'admin', 'root']
    const others = (Object.keys(people) as Person[]).filter((name) => !allowed.includes(name))
    const refusals = await Promise.all(
      others.map(async (name) => [name, await callAs(bus!, people[name].uid, 'sr0', ...asked)] as const),
    )
    for (const [name, { code, stderr }] of refusals)
      expect([name, code, stderr]).toEqual([
        name,
        1,
        expect.stringMatching(/you may not do this from here \(org\.pktw\.[a-z-]+\)/),
      ])
    for (const name of allowed) {
      const { code, stderr } = await callAs(bus!, people[name].uid, 'sr0', ...asked)
      expect([name, code, stderr]).toEqual([name, 0, ''])
      // As it was before.
      const nothing = { '/run/pktw/map/nbd0': '', '/proc/self/mountinfo': '\n' }
      await happens(own, {}, { ...nothing, ...states[state]?.files })
    }
    // Each call looks through the processes of the machine.
  })
})

test('a preparation is whose it is from the answer on, before its service tells anything', async () => {
  const unit = { [`start ${prepare}`]: { delay: 20_000 }, [`stop ${prepare}`]: { state: 'inactive' } }
  desk = await startDesk(bus!, { ...states.blank, effects: { ...usual(), ...unit } })
  const { system } = desk
  const order = () => readFileSync(path.join(system.root, preparationPaths.order('sr0')), 'utf8')
  const as = (name: Person, ...asked: string[]) => callAs(bus!, people[name].uid, 'sr0', ...asked)
  const labelled = (label: string) => ['Prepare', 'a{sv}', '1', 'label', 's', label]
  expect((await as('alice', ...labelled('FIRST'))).stdout).toContain('prepare_sr0')
  // By herself or by anybody: the job that was told makes the disc that it was told for.
  for (const name of ['alice', 'root'] as const)
    expect([name, (await as(name, ...labelled('OTHER'))).stderr]).toEqual([
      name,
      expect.stringContaining('is being prepared already'),
    ])
  expect(JSON.parse(order())).toMatchObject({ label: 'FIRST' })
  expect((await as('carol', 'Cancel')).stderr).toContain('org.pktw.prepare)')
  expect((await as('alice', 'Cancel')).stderr).toBe('')
})

test('what root has begun without the service is not taken away from it', async () => {
  desk = await startDesk(bus!, { ...states.blank, effects })
  await happens(desk.bus, { [prepare]: { ActiveState: 'activating' } }, {})
  const { stderr } = await callAs(bus!, people.alice.uid, 'sr0', ...call.Prepare!)
  expect(stderr).toContain('is being prepared already')
})

describe('who is asked', () => {
  let root: Bus
  let agent: Agent
  const alice = people.alice.uid
  beforeEach(async () => {
    root = await bus!.connect()
    agent = await startAgent(bus!, root, alice)
  })
  afterEach(() => {
    agent?.end()
    root?.close()
  })

  test("about another user's mount: an administrator, who is told whose it is, and then it is done", async () => {
    desk = await startDesk(bus!, { files: mountedBy(4242), effects })
    const done = callAs(bus!, alice, 'sr0', 'Unmount')
    const prompt = await agent.prompt()
    expect(prompt).toMatchObject({ asked: 'org.pktw.unmount-other-user', uids: [0] })
    expect(prompt.message).toBe(
      'Authentication is required to unmount the disc “PHOTOS” in sr0 (HL-DT-ST DVDRAM GP08), which games has mounted.',
    )
    await agent.answer(prompt)
    expect(await done).toMatchObject({ code: 0, stderr: '' })
  })

  test('before a disc with data is erased: whoever erases it', async () => {
    desk = await startDesk(bus!, { ...states['with data'], effects })
    const done = callAs(bus!, alice, 'sr0', ...call.Erase!)
    const prompt = await agent.prompt()
    expect(prompt).toMatchObject({ asked: 'org.pktw.erase', uids: [alice] })
    expect(prompt.message).toContain('to erase all that is on the disc “PHOTOS” in sr0')
    await agent.answer(prompt)
    expect((await done).stdout).toContain('prepare_sr0')
  })

  test('nothing is asked of who says that nobody may be asked', async () => {
    desk = await startDesk(bus!, { ...states['with data'], effects })
    const { code, stderr } = await runAs(bus!, alice, [
      ...['busctl', '--allow-interactive-authorization=no', 'call', ...driveCall, ...call.Erase!],
    ])
    expect([code, stderr]).toEqual([1, expect.stringContaining('org.pktw.erase')])
  })

  test('the question goes when whoever asked is gone, and nothing is done', async () => {
    desk = await startDesk(bus!, { files: mountedBy(4242), effects })
    const [program = '', ...argv] = commandAs(bus!, alice, [
      'busctl',
      '--system',
      'call',
      ...driveCall,
      'Unmount',
    ])
    const child = spawn(program, argv, { env: environmentOf(bus!), stdio: 'ignore' })
    const { cookie } = await agent.prompt()
    child.kill('SIGKILL')
    expect(await agent.cancelled()).toBe(cookie)
    expect(desk.system.commands.filter((c) => c.startsWith('systemctl'))).toEqual([])
    expect(await mountsOf(desk)).toContain('/media/cdvdrw')
  })
})

test('without polkit nothing is allowed but to root', async () => {
  const other = await startBus()
  try {
    desk = await startDesk(other, { files: mapped, effects })
    const { code, stderr } = await callAs(other, people.alice.uid, 'sr0', 'Map')
    expect([code, stderr]).toEqual([1, expect.stringContaining('polkit, which decides')])
    expect((await callAs(other, 0, 'sr0', 'Map')).code).toBe(0)
    // As pktw tells it: bus.no-polkit.
    expect(stderr).toContain('systemctl status polkit')
  } finally {
    await desk?.end()
    desk = undefined
    await other.stop()
  }
})

test('the policy is what the DTD of polkit says, and no answer is kept', () => {
  for (const { any, inactive, active } of polkitActions)
    for (const answer of [any, inactive, active]) expect(['yes', 'auth_self', 'auth_admin']).toContain(answer)
})
