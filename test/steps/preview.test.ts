import { expect, test } from 'vitest'
import { describePlan } from '../../src/steps/describe.ts'
import { previewStep } from '../../src/steps/preview.ts'
import type { Step } from '../../src/steps/step.ts'
import { realSystem } from '../../src/system/real.ts'
import { temporaryRoot } from './tree.ts'
import { line, planned, rulesFile, wish } from './wish.ts'

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
