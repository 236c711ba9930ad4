import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { expect, inject, test } from 'vitest'
import { describePlan } from '../../src/steps/describe.ts'
import { unifiedDiff } from '../../src/steps/diff.ts'
import { previewStep } from '../../src/steps/preview.ts'
import type { Step } from '../../src/steps/step.ts'
import { realSystem } from '../../src/system/real.ts'
import { needTools } from '../tools.ts'
import { temporaryRoot } from './tree.ts'
import { line, planned, rulesFile, wish } from './wish.ts'

test('patch(1) makes the one text of the other', (context) => {
  needTools(context, 'patch')
  const text = fc
    .array(fc.constantFrom('a', 'b', 'c', '', '@@', '-x'), { maxLength: 30 })
    .map((l) => l.map((x) => `${x}\n`).join(''))
  const file = path.join(inject('scratch'), 'patched')
  fc.assert(
    fc.property(text, text, (before, after) => {
      const diff = unifiedDiff(before, after)
      if (diff.length === 0) expect(after).toBe(before)
      else {
        writeFileSync(file, before)
        const argv = ['--silent', '--fuzz=0', '--posix', '--output=-', file]
        const input = `--- x\n+++ x\n${diff.join('\n')}\n`
        expect(execFileSync('patch', argv, { input }).toString()).toBe(after)
      }
    }),
    { numRuns: 60 },
  )
})

test('a change far down in a long file is three lines around it, and quick', () => {
  const lines = Array.from({ length: 10_000 }, (_, i) => `line ${i}`)
  const after = lines.with(5000, 'another')
  expect(unifiedDiff(`${lines.join('\n')}\n`, `${after.join('\n')}\n`)).toEqual([
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
  expect(unifiedDiff('a', 'a\nb')).toEqual([
    '@@ -1 +1,2 @@',
    '-a',
    '\\ No newline at end of file',
    '+a',
    '+b',
    '\\ No newline at end of file',
  ])
})

test('the preview shows the lines of files that are there, new ones if asked, and no control characters', async () => {
  const root = temporaryRoot({
    '/etc/fstab': '\u001b[2Jx\n',
    [rulesFile]: '# theirs\n',
    '/usr/lib/pktw/pktw.mjs': Buffer.from([0, 1]),
  })
  const system = realSystem(root)
  const steps = await planned(system, wish())
  const shown = async (all: boolean): Promise<string> => {
    const changes = new Map<Step, string[]>()
    for (const step of steps) changes.set(step, await previewStep(system, step, all))
    return describePlan(steps, (step) => changes.get(step) ?? [])
  }
  const usual = await shown(false)
  expect(usual).toContain('      -# theirs\n      +# rules')
  expect(usual).toContain(`      +${line}`)
  expect(usual).toContain('       ?[2Jx')
  expect(usual).toContain('2 bytes become 16')
  expect(usual).not.toContain('+# settings')
  expect(await shown(true)).toContain('      +# settings')
})
