import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { realDisk } from '../../src/engine/journal-disk.ts'
import { JournalFiles } from '../../src/engine/journal-files.ts'

function directory(): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'pktw-journal-files-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return path.join(dir, 'journal')
}

test('a round that goes on after the files were closed cannot put a new file over what they keep', async () => {
  const dir = directory()
  const files = new JournalFiles(realDisk, dir)
  await files.append(1, [Buffer.from('begin ')])
  await files.append(1, [Buffer.from('and more')])
  await files.close(false)
  await expect(files.append(1, [Buffer.from('late')])).rejects.toThrow('closed')
  await expect(files.remove([1])).rejects.toThrow('closed')
  expect(readdirSync(dir)).toEqual(['00000001.journal'])
  expect(readFileSync(path.join(dir, '00000001.journal'), 'utf8')).toBe('begin and more')
})
