// A disc is claimed and let go of by the hook as it is installed, as root, with a /run and a mount table of its own.
import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { beforeEach, describe, expect, inject, type TestContext, test } from 'vitest'
import { discClaimPath } from '../../src/system/disc-claim.ts'
import { stage } from '../engine/harness.ts'
import { pattern } from '../packet/model.ts'
import { temporaryRoot } from '../steps/tree.ts'
import { needPermission, needTools, skip } from '../tools.ts'

/** unshare(1): a mount table and processes of its own, all of which end with the first. */
const ownMachine = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc']

beforeEach((context: TestContext) => {
  needTools(context, 'unshare', 'mount')
  if (process.getuid?.() !== 0) skip(context, 'only root has a mount table to give')
  needPermission(context, 'unshare', ...ownMachine, 'true')
})

interface Ended {
  code: number
  text: string
}

interface Machine {
  root: string
  /** Runs the hook's verb for sr0, after these lines of a shell. */
  hook(verb: string, ...before: string[]): Promise<Ended>
}

/** With one drive, which has disc 7 in it. `runtimeDir` is where its engine listens. */
function machine(runtimeDir: string): Machine {
  const root = temporaryRoot({
    'block/sr0/diskseq': '7\n',
    'block/sr0/dev': '11:0\n',
    'run/pktw/slots/0': 'sr0\n',
  })
  mkdirSync(path.join(root, 'run/pktw/sr0'))
  const script = (verb: string, before: string[]): string =>
    [
      'set -e',
      `mount --bind ${root}/run /run`,
      `mount --bind ${runtimeDir} /run/pktw/sr0`,
      `mount --bind ${root}/block /sys/class/block`,
      ...before,
      // The hook is process 1 here, and whoever has its number lives.
      `MAINPID=1 exec ${process.execPath} ${inject('programs')}/pktw-hook.mjs ${verb} sr0`,
    ].join('\n')
  const hook = (verb: string, ...before: string[]) =>
    new Promise<Ended>((resolve) => {
      execFile('unshare', [...ownMachine, 'sh', '-c', script(verb, before)], (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code), text: stdout + stderr }),
      )
    })
  return { root, hook }
}

describe('whether an engine counts all that was written to its disc', () => {
  const staged = async (write: boolean) => {
    const engine = await stage({ kind: 'dvd+rw', blocks: 4096 }).start()
    const { root, hook } = machine(engine.dir)
    if (write) {
      const client = await engine.attach()
      client.request(1, 0, 2048)
      client.send(pattern(1, 1))
      expect((await client.reply()).error).toBe(0)
      await client.close()
    }
    const told = () => readFileSync(path.join(root, discClaimPath('sr0')), 'utf8')
    const done = async (verb: string, ...before: string[]) => {
      expect(await hook(verb, ...before)).toMatchObject({ code: 0 })
      return told()
    }
    // As attach leaves it where the kernel writes: no NBD device is to be had here.
    const mapped = 'mkdir -p /run/pktw/map; echo PKTW_DRIVE=sr0 >/run/pktw/map/sr0'
    return { root, done, mapped }
  }

  test('the first does, the next does not, whatever has become of the first', async () => {
    const { done } = await staged(false)
    expect(await done('claim')).toBe('7 first\n')
    expect(await done('claim')).toBe('7 again\n')
  })

  test('and the next disc begins anew', async () => {
    const { done } = await staged(false)
    await done('claim')
    expect(await done('claim', 'echo 8 >/sys/class/block/sr0/diskseq')).toBe('8 first\n')
  })

  test('the next does, too, when the one before has let go of the disc unwritten', async () => {
    const { done, mapped } = await staged(false)
    await done('claim')
    expect(await done('detach', mapped)).toBe('7 clean\n')
    expect(await done('claim')).toBe('7 first\n')
  })

  test('and does not when that has written', async () => {
    const { done, mapped } = await staged(true)
    await done('claim')
    expect(await done('detach', mapped)).toBe('7 first\n')
    expect(await done('claim')).toBe('7 again\n')
    // Nor after that: what was written was written.
    await done('detach', mapped)
    expect(await done('claim')).toBe('7 again\n')
  })
})

test('a disc that an automounter has mounted, and that is in use, is not taken up: who uses it', async () => {
  const { root, hook } = machine(temporaryRoot())
  const busy = [
    'mkdir /run/media; mount -t tmpfs none /run/media; echo x >/run/media/notes',
    'stat -c %Hd:%Ld /run/media >/sys/class/block/sr0/dev',
    // It shows what is in the file once it has it open.
    'mkfifo /run/shown; exec 4<>/run/shown',
    'tail -f /run/media/notes >&4 & read shown <&4',
  ]
  const { code, text } = await hook('claim', ...busy)
  expect([code, text]).toEqual([
    1,
    expect.stringMatching(
      /^<3>\/dev\/sr0 is mounted at \/run\/media already and in use by tail \(pid \d+, \/run\/media\/notes\)\. Close it there, then: pktw map sr0$/m,
    ),
  ])
  expect(() => readFileSync(path.join(root, discClaimPath('sr0')))).toThrow('ENOENT')
})
