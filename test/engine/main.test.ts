// The program as a process: what it says and how it ends where there is no drive.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, expect, inject, test } from 'vitest'
import { socketDir } from '../nbd/memory.ts'

const { dir, remove } = socketDir()
const program = `${inject('programs')}/pktw-engine.mjs`
afterAll(remove)

async function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  try {
    return { code: 0, ...(await promisify(execFile)(process.execPath, [program, ...args])) }
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string }
  }
}

test('--help', async () => {
  const { code, stdout } = await run('--help')
  expect(code).toBe(0)
  expect(stdout).toMatch(/^usage: pktw-engine/)
  expect(stdout).toContain('example:')
})

test.each([
  [[], 2, 'which drive?'],
  [['sr0', 'sr1'], 2, 'one drive at a time'],
  [['../sr0'], 2, 'not the name of an optical drive'],
  [['--drive', 'sda'], 2, 'not the name of an optical drive'],
  [['--speed', '4'], 2, "Unknown option '--speed'"],
  [['--sg', '/dev/null'], 2, 'not the SCSI generic device'],
  [['sr9999', '--runtime-dir', dir], 1, 'engine.no-drive'],
])('%j ends with %d', async (args, expected, said) => {
  const { code, stdout, stderr } = await run(...args)
  expect(code).toBe(expected)
  expect(stdout).toContain(said)
  expect(stdout).toMatch(/^<3>pktw-engine: /)
  // Every line for the journal has its level, and none is a stack trace's.
  expect(
    stdout
      .trimEnd()
      .split('\n')
      .every((line) => /^<[346]>\S/.test(line)),
  ).toBe(true)
  expect(stderr).toBe('')
})

test('a fault of its own ends with 70, for which the unit starts it again', async () => {
  const surprise =
    'process.on("newListener", (e) => e === "uncaughtException" && process.nextTick(() => { throw new Error("surprise") }))'
  const argv = [
    '--import',
    `data:text/javascript,${encodeURIComponent(surprise)}`,
    program,
    '--sg',
    '/dev/null',
  ]
  const end = await promisify(execFile)(process.execPath, argv).catch((error) => error)
  expect(end).toMatchObject({
    code: 70,
    stdout: '<3>pktw-engine: a fault of its own: surprise\n',
    stderr: '',
  })
})
