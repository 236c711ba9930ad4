import { expect, test } from 'vitest'
import { chooseNode, isAtLeast } from '../../src/cli/node.ts'
import { realSystem } from '../../src/system/real.ts'
import type { System } from '../../src/system/system.ts'
import { temporaryRoot } from '../steps/tree.ts'

test.each([
  ['v20.19.0', true],
  ['v20.9.1', false],
  ['v18.20.4', false],
  ['v24.1.0', true],
  ['v20.20', true],
])('%s at least 20.19.0: %s', (version, expected) => expect(isAtLeast(version, '20.19.0')).toBe(expected))

/** A live system on which every node answers this version. */
const answering = (version: string): System => ({
  ...realSystem(),
  run: async () => ({ code: 0, stdout: `${version}\n`, stderr: '' }),
})

test('an old node is told with its version and what to do', async () => {
  const { value, diagnostics } = await chooseNode(answering('v18.20.4'), undefined)
  expect(value).toBeUndefined()
  expect(diagnostics[0]).toMatchObject({
    code: 'install.no-node',
    message: expect.stringContaining('v18.20.4'),
  })
  expect(diagnostics[0]?.remedy).toContain('20.19.0')
})

test("a node that others may exchange is not given to root's rules", async () => {
  const directory = temporaryRoot({ '/node': '' })
  const { diagnostics } = await chooseNode(answering('v24.0.0'), `${directory}/node`)
  expect(diagnostics[0]?.message).toContain('is not a program')
  expect((await chooseNode(answering('v24.0.0'), 'node')).diagnostics[0]?.message).toContain(
    'not an absolute path',
  )
})

test('in an image it is the one of the image', async () => {
  expect(await chooseNode(realSystem(temporaryRoot({ '/usr/bin/node': '' })), undefined)).toEqual({
    value: '/usr/bin/node',
    diagnostics: [],
  })
  const without = await chooseNode(realSystem(temporaryRoot()), '/opt/node/bin/node')
  expect(without.value).toBe('/opt/node/bin/node')
  expect(without.diagnostics.map((d) => d.code)).toEqual(['install.node-not-in-root'])
})
