// The program itself is killed, wherever it happens to be; test/steps/every-call.test.ts has every place in turn.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, inject, test } from 'vitest'
import { run } from '../../src/system/run.ts'
import { listTree, temporaryRoot } from '../steps/tree.ts'

const program = path.join(inject('programs'), 'pktw.mjs')
const pktw = (...argv: string[]) => run(process.execPath, [program, ...argv])

test('kill -9 of install and of uninstall: the next one brings the new or the old state', async () => {
  const root = temporaryRoot({ '/usr/bin/node': '', '/etc/fstab': 'x' })
  const before = listTree(root)
  const install = ['install', '--root', root, '--mount', 'fstab']
  const uninstall = ['uninstall', '--root', root]
  const started = Date.now()
  await pktw(...install)
  const took = Date.now() - started
  const installed = listTree(root)
  for (const part of [0.5, 0.7, 0.8, 0.9])
    for (const argv of [uninstall, install]) {
      const child = spawn(process.execPath, [program, ...argv], { stdio: 'ignore' })
      const ended = once(child, 'exit')
      await sleep(took * part)
      child.kill('SIGKILL')
      await ended
      const [next, then] = argv === uninstall ? [uninstall, before] : [install, installed]
      expect((await pktw(...next)).code).toBe(0)
      expect(listTree(root)).toEqual(then)
    }
})
