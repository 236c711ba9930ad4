import { expect, test } from 'vitest'
import { generate } from '../../src/artifacts/generate.ts'
import { layouts } from '../../src/artifacts/layouts.ts'
import { loadTemplates } from '../../src/render/templates.ts'
import { defaults } from '../../src/settings/defaults.ts'

// A flag of V8's that a later Node does not know is an end with status 9, in every unit that has it.
test('units and rules give Node only flags that it documents', () => {
  const { value } = generate(defaults, layouts.debian, loadTemplates())
  const flags = value!.flatMap(({ path, text }) =>
    [...text.matchAll(/\/node((?: --[\w=-]+)+)/g)].flatMap(([, all = '']) =>
      all
        .trim()
        .split(' ')
        .map((flag) => ({ path, flag: flag.replace(/=.*/, '') })),
    ),
  )
  expect(flags.length).toBeGreaterThan(3)
  expect(flags.filter(({ flag }) => !process.allowedNodeEnvironmentFlags.has(flag))).toEqual([])
})
