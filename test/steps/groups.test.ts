// Groups that rules name: made when they are missing, taken away when they were made. systemd-sysusers and groupdel are the real ones.
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, type TestContext, test } from 'vitest'
import { differences } from '../../src/steps/differences.ts'
import { groupsIn } from '../../src/steps/groups.ts'
import { observe } from '../../src/steps/observe.ts'
import { planUninstall } from '../../src/steps/plan-uninstall.ts'
import { runSteps } from '../../src/steps/run.ts'
import type { Step } from '../../src/steps/step.ts'
import { realSystem } from '../../src/system/real.ts'
import { run } from '../../src/system/run.ts'
import type { System } from '../../src/system/system.ts'
import { needTools } from '../tools.ts'
import { temporaryRoot } from './tree.ts'
import { installCodesOf, installInto, planned, uninstallFrom, wantedFile, wish } from './wish.ts'

const sysusers = '/etc/sysusers.d/pktw.conf'
const wanted = wish({
  files: [...wish().files, wantedFile(sysusers, 'g cdrom -\ng packets -\n')],
  groups: { path: sysusers, names: ['cdrom', 'packets'] },
})

/** Says that it is live. Of programs only those for groups are run, on the files below the root; getent knows `elsewhere`. */
function machine(elsewhere = ''): { root: string; system: System; commands: string[]; groups(): string } {
  const root = temporaryRoot({
    '/etc/group': 'root:x:0:\ncdrom:x:24:\n',
    '/etc/gshadow': 'root:*::\ncdrom:*::\n',
    '/etc/passwd': 'root:x:0:0::/root:/bin/sh\n',
    '/etc/fstab': 'x\n',
  })
  mkdirSync(path.join(root, 'run/systemd/system'), { recursive: true })
  const commands: string[] = []
  const system: System = {
    ...realSystem(root),
    live: true,
    run: async (program, argv) => {
      if (program === 'systemd-sysusers') {
        // Before systemd 256 it looks for the file it is given outside the root.
        const given = argv.map((a) => (a.startsWith('/') ? path.join(root, a) : a))
        commands.push([program, ...argv].join(' '))
        return run(program, [`--root=${root}`, ...given])
      }
      if (program === 'groupdel') {
        commands.push([program, ...argv].join(' '))
        return run(program, ['--prefix', root, ...argv])
      }
      if (program === 'getent')
        return elsewhere === argv[1]
          ? { code: 0, stdout: `${elsewhere}:*:5000:\n`, stderr: '' }
          : { code: 2, stdout: '', stderr: '' }
      return { code: 0, stdout: '', stderr: '' }
    },
  }
  return { root, system, commands, groups: () => readFileSync(path.join(root, 'etc/group'), 'utf8') }
}

const before = 'root:x:0:\ncdrom:x:24:\n'

/** groupdel and systemd-sysusers below another root are root's. */
function needRealOnes(context: TestContext): void {
  needTools(context, 'systemd-sysusers', 'groupdel')
  if (process.getuid?.() !== 0) context.skip('only root can make groups')
}

test('a missing group is made, and taken away again by uninstall; one that was there stays', async (context) => {
  needRealOnes(context)
  const { system, commands, groups } = machine()
  expect(await installInto(system, wanted)).toEqual({ complete: true, diagnostics: [] })
  expect(groups()).toMatch(/^root:x:0:\ncdrom:x:24:\npackets:x:\d+:\n$/)
  expect(await planned(system, wanted)).toEqual([])
  await uninstallFrom(system)
  expect(groups()).toBe(before)
  expect(commands).toEqual([`systemd-sysusers ${sysusers}`, 'groupdel packets'])
})

test('where all groups are there, nothing is run for them', async () => {
  const { root, system, commands } = machine()
  appendFileSync(path.join(root, 'etc/group'), 'packets:x:990:\n')
  await installInto(system, wanted)
  await uninstallFrom(system)
  expect(commands).toEqual([])
  const other = machine('packets')
  await installInto(other.system, wanted)
  expect(other.commands).toEqual([])
})

test('a group that somebody is in by now stays, and that is told', async (context) => {
  needRealOnes(context)
  const { root, system, groups } = machine()
  await installInto(system, wanted)
  appendFileSync(path.join(root, 'etc/passwd'), `x:x:1:${/packets:x:(\d+)/.exec(groups())?.[1]}::/:/bin/sh\n`)
  const { complete, diagnostics } = await uninstallFrom(system)
  expect([complete, diagnostics.map((d) => d.code)]).toEqual([true, ['install.keeps-group']])
  expect(groups()).toContain('packets')
})

test('what fails later takes the group away again, and puts a removed one back with its number', async (context) => {
  needRealOnes(context)
  const { system, groups } = machine()
  const steps = await planned(system, wanted)
  const end: Step = { do: 'verify', expected: [{ path: '/x', is: 'directory' }] }
  const upTo = steps.findIndex((s) => s.do === 'createGroups')
  expect((await runSteps([...steps.slice(0, upTo + 1), end], system)).complete).toBe(false)
  expect(groups()).toBe(before)
  await installInto(system, wanted)
  const installed = groups()
  const removal = (planUninstall(await observe(system)).value ?? []).filter((s) => s.do !== 'end')
  expect((await runSteps([...removal, end], system)).complete).toBe(false)
  expect(groups()).toBe(installed)
})

test('a group that cannot be made is an error, and undone', async () => {
  const { system } = machine()
  const broken: System = {
    ...system,
    run: async (program, argv) =>
      program === 'systemd-sysusers' ? { code: 1, stdout: '', stderr: 'locked' } : system.run(program, argv),
  }
  expect(await installCodesOf(broken, wanted)).toEqual(['install.step-failed', 'install.undone'])
})

test('a group of ours that is gone is told, and made again', async (context) => {
  needRealOnes(context)
  const { root, system, groups } = machine()
  await installInto(system, wanted)
  await run('groupdel', ['--prefix', root, 'packets'])
  expect(differences(await observe(system))).toMatchObject([
    { path: '/etc/group', detail: 'without the group packets' },
  ])
  await installInto(system, wanted)
  expect(groups()).toContain('packets')
})

test('group(5) with members, without, and no lines at all', () => {
  expect(groupsIn('a:x:1:u,v\nb:x:2:\nc:x:3:\n', 'u:x:9:3::/:\n')).toEqual(
    new Map([
      ['a', { gid: '1', used: true }],
      ['b', { gid: '2', used: false }],
      ['c', { gid: '3', used: true }],
    ]),
  )
  expect(groupsIn('', '')).toEqual(new Map())
})
