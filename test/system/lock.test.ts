import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, statSync } from 'node:fs'
import path from 'node:path'
import { expect, inject, onTestFinished, test } from 'vitest'
import { alone } from '../../src/cli/apply.ts'
import type { Stop } from '../../src/diagnostics/stop.ts'
import { lockSystem } from '../../src/system/lock.ts'
import { realSystem } from '../../src/system/real.ts'
import { run } from '../../src/system/run.ts'
import { listTree, temporaryRoot } from '../steps/tree.ts'
import { needTools, skip } from '../tools.ts'

const quick = { patienceMs: 0, waiting: () => {} }

/** Another process with the lock, as a pktw that has not ended: flock(1) becomes cat(1), which answers once it has become it. */
async function holder(root: string): Promise<ChildProcess> {
  const child = spawn('flock', ['-n', '--no-fork', root, 'cat'])
  onTestFinished(() => void child.kill('SIGKILL'))
  child.stdin.write('held')
  await once(child.stdout, 'data')
  return child
}

test('one has it, another is told who, and a killed one leaves nothing behind', async (context) => {
  needTools(context, 'flock')
  const root = realSystem(temporaryRoot()).root
  const other = await holder(root)
  expect(await lockSystem(root, quick)).toEqual({
    heldBy: { pid: other.pid, command: 'cat' },
  })
  other.kill('SIGKILL')
  await once(other, 'exit')
  const lock = await lockSystem(root, quick)
  if (lock === 'no-flock' || !('release' in lock)) throw new Error('the lock is free, and was not given')
  // Also to ourselves.
  expect(await lockSystem(root, quick)).toMatchObject({ heldBy: undefined })
  await lock.release()
  const again = await lockSystem(root, quick)
  expect(again).toHaveProperty('release')
  if (again !== 'no-flock' && 'release' in again) await again.release()
  expect(listTree(root)).toHaveLength(1)
})

test('the second waits for the first, and says whom it waits for', async (context) => {
  needTools(context, 'flock')
  const root = realSystem(temporaryRoot()).root
  const other = await holder(root)
  let told = ''
  const lock = lockSystem(root, {
    patienceMs: 20_000,
    waiting: (who) => {
      told = `${who?.command}`
      other.kill('SIGKILL')
    },
  })
  const got = await lock
  expect(got).toHaveProperty('release')
  if (got !== 'no-flock' && 'release' in got) await got.release()
  expect(told).toBe('cat')
})

test('many at once: one at a time', async (context) => {
  needTools(context, 'flock')
  const system = realSystem(temporaryRoot())
  let inside = 0
  let most = 0
  const work = async (): Promise<void> => {
    most = Math.max(most, ++inside)
    await new Promise((resolve) => setTimeout(resolve, 5))
    inside--
  }
  await Promise.all(Array.from({ length: 8 }, () => alone(system, false, work)))
  expect(most).toBe(1)
})

test('who does not get it is told by the command that waits', async (context) => {
  needTools(context, 'flock')
  const system = realSystem(temporaryRoot())
  const other = await holder(system.root)
  const error = await alone(system, false, async () => {}, 0).catch((e: unknown) => e)
  expect((error as Stop).diagnostics).toMatchObject([
    { code: 'install.locked', message: `cat (process ${other.pid}) is changing the same system` },
  ])
  expect(await alone(system, true, async () => 'looked'), 'a dry run waits for nobody').toBe('looked')
})

test('two installations of one image at once: both end well, one after the other', async (context) => {
  needTools(context, 'flock')
  const root = temporaryRoot()
  const program = path.join(inject('programs'), 'pktw.mjs')
  const install = () =>
    run(process.execPath, [program, 'install', '--root', root, '--yes'], { timeoutMs: 60_000 })
  const results = await Promise.all([install(), install()])
  expect(results.map((r) => r.code)).toEqual([0, 0])
  expect(results.filter((r) => r.stdout.includes('nothing to do'))).toHaveLength(1)
  expect((await run(process.execPath, [program, 'status', '--installed', '--root', root])).code).toBe(0)
})

test('without flock(1) it is said that there is no lock, and the work is done', async () => {
  const system = { ...realSystem(temporaryRoot()), run: async () => ({ code: 127, stdout: '', stderr: '' }) }
  const notes = await alone(system, false, async (n) => n)
  expect(notes.map((d) => d.code)).toEqual(['install.no-lock'])
})

test('the running system is locked by a file that only root opens, and that is gone afterwards', async (context) => {
  needTools(context, 'flock')
  if (process.getuid?.() !== 0) skip(context, 'only root can lock the running system')
  const file = '/run/pktw-install.lock'
  const lock = await lockSystem('/', quick)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(await lockSystem('/', quick)).toMatchObject({ heldBy: undefined })
  if (lock !== 'no-flock' && 'release' in lock) await lock.release()
  expect(existsSync(file)).toBe(false)
})
