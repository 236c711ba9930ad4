// Against patch(1): what our diff says leads from the one text to the other.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { expect, inject, test } from 'vitest'
import { changedLines, keptLines, unifiedDiff } from '../../src/render/unified-diff.ts'
import { run } from '../../src/system/run.ts'
import { needTools } from '../tools.ts'

test('as diff -u prints it', () => {
  const before = `${[...'abcdefghijklmnop'].join('\n')}\n`
  const after = before.replace('c\n', 'C\n').replace('n\n', '').replace('p\n', 'p')
  expect(unifiedDiff('/x/y', before, after)).toBe(`--- a/x/y
+++ b/x/y
@@ -1,6 +1,6 @@
 a
 b
-c
+C
 d
 e
 f
@@ -11,6 +11,5 @@
 k
 l
 m
-n
 o
-p
+p
\\ No newline at end of file
`)
})

test('nothing for what is the same, all of it for what is not there', () => {
  expect(unifiedDiff('/x', 'a\n', 'a\n')).toBe('')
  expect(unifiedDiff('/x', undefined, 'a\n')).toBe('--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+a\n')
  expect(unifiedDiff('/x', 'a\nb\n', undefined)).toBe('--- a/x\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-a\n-b\n')
})

test('patch(1) makes the one of the other', async (context) => {
  needTools(context, 'patch')
  const room = mkdtempSync(path.join(inject('scratch'), 'diff-'))
  const file = path.join(room, 'file')
  const text = fc
    .array(fc.constantFrom('a\n', 'b\n', 'c\n', '\n', '-- x\n'), { maxLength: 30 })
    .map((lines) => lines.join(''))
  let changed = 0
  for (const [before, after, cut] of fc.sample(fc.tuple(text, text, fc.boolean()), 25)) {
    const wanted = cut ? after.replace(/\n$/, '') : after
    const diff = unifiedDiff('file', before, wanted)
    if (diff === '') continue
    changed++
    writeFileSync(file, before)
    const ran = await run('patch', ['-p1', '--directory', room, '--posix'], { input: diff })
    expect(ran.code, `${ran.stdout}${ran.stderr}\n${diff}`).toBe(0)
    expect(readFileSync(file, 'utf8')).toBe(wanted)
  }
  expect(changed).toBeGreaterThan(10)
})

test('lines that stay', () => {
  expect(keptLines('a\nb\nc\n', 'a\nc\nd\n')).toEqual([true, false, true])
})

test('a change far down in a long file is three lines around it, and quick', () => {
  const lines = Array.from({ length: 10_000 }, (_, i) => `line ${i}`)
  const after = lines.with(5000, 'another')
  expect(changedLines(`${lines.join('\n')}\n`, `${after.join('\n')}\n`)).toEqual([
    '@@ -4998,7 +4998,7 @@',
    ' line 4997',
    ' line 4998',
    ' line 4999',
    '-line 5000',
    '+another',
    ' line 5001',
    ' line 5002',
    ' line 5003',
  ])
})

test('a missing newline at the end is told', () => {
  expect(changedLines('a', 'a\nb')).toEqual([
    '@@ -1 +1,2 @@',
    '-a',
    '\\ No newline at end of file',
    '+a',
    '+b',
    '\\ No newline at end of file',
  ])
})
