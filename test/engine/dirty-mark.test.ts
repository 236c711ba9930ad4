// The file that keeps the machine from sleeping.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { DirtyMark } from '../../src/engine/dirty-mark.ts'

test('there while something is not on the medium', async () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'pktw-mark-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const problems: string[] = []
  const mark = new DirtyMark(directory, (text) => problems.push(text))
  const isThere = (): boolean => existsSync(path.join(directory, 'dirty'))
  const seen: boolean[] = []
  for (const dirty of [false, true, true, false, true]) {
    await mark.follow(dirty)
    seen.push(isThere())
  }
  expect(seen).toEqual([false, true, true, false, true])
  expect(problems).toEqual([])
})

test('a directory that cannot be written to is told of once, and hinders nothing', async () => {
  const problems: string[] = []
  const mark = new DirtyMark('/proc/nowhere', (text) => problems.push(text))
  await mark.follow(true)
  await mark.follow(true)
  expect(problems).toHaveLength(1)
  expect(problems[0]).toContain('the machine is not kept from sleeping')
})
