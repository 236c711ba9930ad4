import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { makeMemoryJournal, memoryJournal } from '../../src/system/memory-journal.ts'

test('beside the runtime directories, for nobody but their user, and made once for all drives', async () => {
  const run = mkdtempSync(path.join(tmpdir(), 'pktw-run-'))
  onTestFinished(() => rmSync(run, { recursive: true, force: true }))
  for (const drive of ['sr0', 'sr1']) {
    mkdirSync(path.join(run, drive))
    await makeMemoryJournal(path.join(run, drive))
  }
  const made = memoryJournal(path.join(run, 'sr1'))
  expect(made).toBe(path.join(run, 'journal'))
  expect(statSync(made).mode & 0o777).toBe(0o700)
  expect(statSync(made).uid).toBe(statSync(path.join(run, 'sr0')).uid)
})

test('no runtime directory: no journal, and an error that says so', async () => {
  await expect(makeMemoryJournal('/nonexistent/pktw/sr0')).rejects.toMatchObject({ code: 'ENOENT' })
})
