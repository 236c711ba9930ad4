// A real NBD client over the whole engine: nbdcopy onto a CD-RW, and back.
import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { pattern } from '../packet/model.ts'
import { needTools } from '../tools.ts'
import { stage, writesOf } from './harness.ts'

const run = promisify(execFile)

test('nbdcopy onto a CD-RW and back: equal, each packet once', async (context) => {
  needTools(context, 'nbdcopy')
  const engine = await stage({ kind: 'cd-rw', blocks: 4096 }, { logLength: 5_000 }).start()
  const uri = `nbd+unix:///disc?socket=${engine.session.nbdSocket}`
  const data = pattern(4096, 11)
  writeFileSync(`${engine.dir}/in`, data)
  await run('nbdcopy', ['--flush', '--destination-is-zero', `${engine.dir}/in`, uri])
  expect(engine.disc.read(0, 4096).equals(data)).toBe(true)
  expect(writesOf(engine.drive)).toHaveLength(128)
  await run('nbdcopy', [uri, `${engine.dir}/out`])
  expect(readFileSync(`${engine.dir}/out`).equals(data)).toBe(true)
})
