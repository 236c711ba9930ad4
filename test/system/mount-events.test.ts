import { execFileSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, inject, onTestFinished, test } from 'vitest'
import { watchMounts } from '../../src/system/mount-events.ts'
import { needTools, skip } from '../tools.ts'

test('a mount that is gone again after a moment was told', async (context) => {
  needTools(context, 'findmnt', 'mount')
  if (process.getuid?.() !== 0) skip(context, 'only root mounts')
  const at = mkdtempSync(path.join(inject('scratch'), 'mount-'))
  try {
    execFileSync('mount', ['-t', 'ramfs', 'pktw-test', at], { stdio: 'pipe' })
  } catch (error) {
    skip(context, `mount: ${(error as Error).message.split('\n').at(-2)}`)
  }
  execFileSync('umount', [at])
  let calls = 0
  onTestFinished(watchMounts(['udf', 'ramfs'], () => calls++))
  const until = async (what: () => boolean): Promise<void> => {
    for (let i = 0; i < 500 && !what(); i++) await sleep(10)
  }
  // Until findmnt looks, nothing is told.
  for (let i = 0; i < 50 && calls === 0; i++) {
    execFileSync('mount', ['-t', 'ramfs', 'pktw-test', at])
    await sleep(100)
    execFileSync('umount', [at])
  }
  expect(calls).toBeGreaterThan(0)
  await sleep(300)
  const before = calls
  execFileSync('mount', ['-t', 'tmpfs', 'pktw-test', at])
  execFileSync('umount', [at])
  await sleep(300)
  expect(calls, 'of another type').toBe(before)
  execFileSync('mount', ['-t', 'ramfs', 'pktw-test', at])
  await until(() => calls > before)
  execFileSync('umount', [at])
  await until(() => calls > before + 1)
  expect(calls).toBe(before + 2)
})
