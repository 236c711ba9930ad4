// Whatever call a run ends at, and however, the next install brings the machine to exactly the new state, and the next
// uninstall to exactly the old one.
import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, inject, test } from 'vitest'
import { manifestPath } from '../../src/steps/manifest.ts'
import { observe } from '../../src/steps/observe.ts'
import { planUninstall } from '../../src/steps/plan-uninstall.ts'
import { type RunReport, runSteps } from '../../src/steps/run.ts'
import type { Step } from '../../src/steps/step.ts'
import type { Wanted } from '../../src/steps/wanted.ts'
import type { FileCalls } from '../../src/system/files.ts'
import { realSystem } from '../../src/system/real.ts'
import type { System } from '../../src/system/system.ts'
import { dyingAt, errno, failingAt, powerLossAt, watchedFiles } from './faulty-files.ts'
import { listTree, temporaryRoot } from './tree.ts'
import { installInto, line, planned, rulesFile, uninstallFrom, wantedFile, wish } from './wish.ts'

const program = '/usr/lib/pktw/pktw.mjs'
const unit = '/etc/systemd/system/pktw@.service'
const small = (files: Wanted['files'], change: Partial<Wanted> = {}): Wanted =>
  wish({ files, modules: [], tmpfiles: [], ...change })

/** Somebody else's rules are in the place of ours, and fstab has no final newline. */
const base = (): string =>
  temporaryRoot({ '/etc/fstab': 'UUID=1 / ext4 defaults 0 1', [rulesFile]: '# theirs\n' })
const firstVersion = small(
  [wantedFile(program, 'one', 0o755), wantedFile(rulesFile, '# rules 1\n'), wantedFile(unit, '# unit 1\n')],
  {
    fstabLines: [line],
  },
)
/** Other bytes, one file less, one more, no line in fstab; and the administrator has changed the unit. */
const nextVersion = small(
  [
    wantedFile(program, 'two', 0o755),
    wantedFile(unit, '# unit 2\n'),
    wantedFile('/usr/share/pktw/new', 'new'),
  ],
  { fstabLines: [], by: '2' },
)

const copyOf = (root: string): string => {
  const copy = mkdtempSync(path.join(inject('scratch'), 'case-'))
  execFileSync('cp', ['-a', `${root}/.`, copy])
  return copy
}

/** What a run of each kind starts from, does, and leads to. */
interface Phase {
  start: string
  steps: (system: System) => Promise<Step[]>
  /** The trees to which the next run leads: install of `wanted`, uninstall. */
  wanted: Wanted
  installed: string[]
  uninstalled: string[]
}

async function phase(start: string, wanted: Wanted, steps: Phase['steps']): Promise<Phase> {
  const clean = copyOf(start)
  const system = realSystem(clean)
  await installInto(system, wanted)
  const installed = listTree(clean)
  await uninstallFrom(system)
  return { start, steps, wanted, installed, uninstalled: listTree(clean) }
}

const uninstallSteps = async (system: System): Promise<Step[]> =>
  planUninstall(await observe(system)).value ?? []

const phases = {
  install: async () => phase(base(), firstVersion, (s) => planned(s, firstVersion)),
  upgrade: async () => {
    const root = base()
    await installInto(realSystem(root), firstVersion)
    appendFileSync(path.join(root, unit), '# mine\n')
    return phase(root, nextVersion, (s) => planned(s, nextVersion))
  },
  uninstall: async () => {
    const root = base()
    await installInto(realSystem(root), firstVersion)
    return phase(root, firstVersion, uninstallSteps)
  },
} satisfies Record<string, () => Promise<Phase>>

/** The next run, on a machine that is well again. */
async function recover(root: string, how: 'install' | 'uninstall', expected: Phase): Promise<string[]> {
  const system = realSystem(root)
  const report = how === 'install' ? await installInto(system, expected.wanted) : await uninstallFrom(system)
  expect(report.complete, JSON.stringify(report.diagnostics)).toBe(true)
  return listTree(root)
}

interface Case {
  files: FileCalls
  changes: () => number
  /** What happens to the disk after the run. */
  after?: () => Promise<void>
}

const clear = (root: string): true => {
  rmSync(root, { recursive: true })
  return true
}

/** One case for every n until a run is not touched by it any more. Both ways on for each, or one of the two in turn. */
async function everyCall(
  expected: Phase,
  makeCase: (n: number) => Case,
  {
    step = 1,
    check = () => {},
  }: { step?: number; check?: (report: RunReport, root: string, n: number) => void } = {},
): Promise<number> {
  let cases = 0
  const one = async (n: number): Promise<boolean> => {
    const root = copyOf(expected.start)
    const { files, changes, after } = makeCase(n)
    const steps = await expected.steps(realSystem(root))
    const report = await runSteps(steps, realSystem(root, files))
    if (changes() < n) {
      expect(report.complete).toBe(true)
      return false
    }
    await after?.()
    check(report, root, n)
    cases++
    const how = Math.floor(n / step) % 2 === 0 ? 'install' : 'uninstall'
    const then = how === 'install' ? expected.installed : expected.uninstalled
    expect(await recover(root, how, expected), `${how} after call ${n}`).toEqual(then)
    // And the other way from there, now and then: it is a run like any other.
    if (n % 5 !== 0) return clear(root)
    if (how === 'install')
      expect(await recover(root, 'uninstall', expected), `uninstall after that, call ${n}`).toEqual(
        expected.uninstalled,
      )
    else
      expect(await recover(root, 'install', expected), `install after that, call ${n}`).toHaveLength(
        expected.installed.length,
      )
    return clear(root)
  }
  // Four at a time: most of a case is waiting for the disk.
  for (let n = 1; ; n += 4 * step) {
    const going = await Promise.all([0, 1, 2, 3].map((i) => one(n + i * step)))
    if (going.includes(false)) return cases
  }
}

/** Every one of them at every call, for ten minutes; otherwise one after the other in turn, at every second or third call. */
const thorough = process.env.PKTW_EVERY_CALL === '1'
const turns = <T>(all: readonly T[]): ((n: number) => T)[] =>
  thorough ? all.map((one) => () => one) : [(n) => all[n % all.length] as T]

/** Which directories the disk had written when the power went, of those that were not synchronised. */
const written = turns([() => false, (directory: string) => directory.length % 2 === 0, () => true])
const codes = turns(['ENOSPC', 'EROFS', 'EACCES', 'EIO'])

describe.each(Object.keys(phases) as (keyof typeof phases)[])('%s', (name) => {
  test('killed at any call', async () => {
    const expected = await phases[name]()
    expect(await everyCall(expected, dyingAt)).toBeGreaterThan(30)
  })

  test.each(written)(
    'the power goes at any call (%#)',
    async (keepsAt) => {
      const expected = await phases[name]()
      const cases = await everyCall(
        expected,
        (n) => {
          const lossy = powerLossAt(n, inject('scratch'))
          return { ...lossy, after: () => lossy.losePower(keepsAt(n)) }
        },
        { step: thorough ? 1 : 2 },
      )
      expect(cases).toBeGreaterThan(15)
    },
    240_000,
  )

  test.each(codes)(
    'the disk is full, read-only, forbidden or sick from any call on (%#)',
    async (codeAt) => {
      const expected = await phases[name]()
      const before = listTree(expected.start)
      const cases = await everyCall(expected, (n) => failingAt(n, codeAt(n)), {
        step: thorough ? 1 : 3,
        check: (report, root, n) => {
          if (report.complete) return
          const found = report.diagnostics.map((d) => d.code)
          // Either all is as it was, but for a temporary file, or it is told that it could not be put back.
          const now = listTree(root).filter((l) => !/\.pktw-\d+-\d+[ /]/.test(l))
          if (found.includes('install.undone')) expect(now, `${codeAt(n)} at call ${n}`).toEqual(before)
          else expect(found).toContain('install.undo-failed')
        },
      })
      expect(cases).toBeGreaterThan(10)
    },
    240_000,
  )
})

test('killed while it undoes what failed', async () => {
  const expected = await phases.upgrade()
  for (const n of [9, 23, 41, 60]) await dyingAfterFailure(expected, n)
})

/** Fails at call n, and dies some calls into putting things back. */
async function dyingAfterFailure(expected: Phase, n: number): Promise<void> {
  for (let more = 1; more < 40; more += 6) {
    const root = copyOf(expected.start)
    let changes = 0
    const files = watchedFiles(() => {
      changes++
      if (changes === n || changes >= n + more) throw errno('EIO')
    })
    await runSteps(await expected.steps(realSystem(root)), realSystem(root, files))
    const how = (n + more) % 2 === 0 ? 'install' : 'uninstall'
    const then = how === 'install' ? expected.installed : expected.uninstalled
    expect(await recover(root, how, expected), `${how} after ${n} and ${more}`).toEqual(then)
    rmSync(root, { recursive: true })
  }
}

test('what stays at a temporary name is ours alone: another name, another user', async () => {
  const root = base()
  const system = realSystem(root)
  writeFileSync(path.join(root, 'etc/.fstab.pktw-12-3'), 'ours')
  writeFileSync(path.join(root, 'etc/.hosts.pktw-12-3'), 'not a file of ours')
  writeFileSync(path.join(root, 'etc/.fstab.pktw-x'), 'not such a name')
  await uninstallFrom(system)
  const names = listTree(root).map((l) => l.split(' ')[0])
  expect(names).toContain('etc/.hosts.pktw-12-3')
  expect(names).toContain('etc/.fstab.pktw-x')
  expect(names).not.toContain('etc/.fstab.pktw-12-3')
  expect(names).not.toContain(manifestPath.slice(1))
})
