import { expect, test } from 'vitest'
import { applyPlan, look, needRoot, systemAt } from '../../src/cli/apply.ts'
import { readSettingsText } from '../../src/cli/settings-file.ts'
import { Stop } from '../../src/diagnostics/stop.ts'
import { readPrograms } from '../../src/system/bundle.ts'
import { realSystem } from '../../src/system/real.ts'
import { hear } from '../hear.ts'
import { listTree, temporaryRoot } from '../steps/tree.ts'
import { planned, wish } from '../steps/wish.ts'

const said = hear(process.stdout, process.stderr)

const codes = (work: () => unknown): string[] => {
  try {
    work()
  } catch (error) {
    if (error instanceof Stop) return error.diagnostics.map((d) => d.code)
    throw error
  }
  return []
}

test('only root changes the running system, anybody may look', () => {
  const running = { ...realSystem(temporaryRoot()), live: true, uid: 1000 }
  expect(codes(() => needRoot(running, false))).toEqual(['install.not-root'])
  expect(codes(() => needRoot(running, true))).toEqual([])
  expect(codes(() => needRoot({ ...running, live: false }, false))).toEqual([])
})

test('a --root that is not there is told', () => {
  expect(codes(() => systemAt('/nowhere/at/all'))).toEqual(['install.no-root-directory'])
})

test('what only root may read is told as that', async () => {
  const refusing = {
    ...realSystem(temporaryRoot()),
    inspect: async () => {
      throw Object.assign(new Error('EACCES'), { code: 'EACCES', path: '/etc/polkit-1/rules.d/x' })
    },
  }
  const error = await look(refusing, wish()).catch((e: unknown) => e)
  expect((error as Stop).diagnostics).toMatchObject([
    { code: 'install.not-readable', remedy: 'Run it with sudo.' },
  ])
})

test('a failure is undone, told, and gives 1', async () => {
  const root = temporaryRoot()
  const before = listTree(root)
  const system = {
    ...realSystem(root),
    makeSymlink: async () => {
      throw new Error('no space left on device')
    },
  }
  const plan = {
    steps: await planned(system, wish()),
    diagnostics: [],
    nothing: '',
    question: '',
    done: 'all is done',
  }
  expect(await applyPlan(system, plan, { dryRun: false, json: true, yes: true })).toBe(1)
  const report = JSON.parse(said.text) as { applied: boolean; diagnostics: { code: string }[] }
  expect(report.applied).toBe(false)
  expect(report.diagnostics.map((d) => d.code)).toEqual(['install.step-failed', 'install.undone'])
  expect(listTree(root)).toEqual(before)
})

test('half a build is not installed', async () => {
  const { value, diagnostics } = await readPrograms(temporaryRoot({ '/pktw.mjs': '' }))
  expect(value).toBeUndefined()
  expect(diagnostics).toMatchObject([
    { code: 'install.no-programs', message: expect.stringContaining('pktw-gen.mjs') },
  ])
})

test('a settings file that cannot be read is told', async () => {
  const options = { config: '/nowhere/pktw.yaml', mount: undefined, where: undefined }
  const { diagnostics } = await readSettingsText(realSystem(temporaryRoot()), options)
  expect(diagnostics.map((d) => d.code)).toEqual(['install.config-unreadable'])
})
