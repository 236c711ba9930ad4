// The program itself, bundled, under the flags and the empty environment that udevd's rule gives it. Drives stand in behind openSg, put
// there while bundling: no test machine has an sg device.
import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { needTools, skip } from '../tools.ts'

const sandboxed = ['--jitless']
/** Node 20 to 22 mention on stderr, where udev drops it, that WebAssembly goes with the compiler. */
const withoutWasmNotice = (stderr: string): string =>
  stderr.replace(/^Warning: disabling flag --expose_wasm.*\n/m, '')
let folder = ''

/** openSg of each drive, as the bundle gets it instead of src/mmc/sg.ts; which one is told by the environment. */
const drives = {
  'a formatted CD-RW': `async () => {
    const drive = new Drive({ quirks: { notErasable: true } })
    drive.insert(new Disc({ kind: 'cd-rw' }))
    return drive.transport()
  }`,
  'a DVD-RAM': `async () => {
    const drive = new Drive()
    drive.insert(new Disc({ kind: 'dvd-ram' }))
    return drive.transport()
  }`,
  'a CD-RW with Mount Rainier': `async () => {
    const drive = new Drive({ quirks: { mountRainier: true } })
    drive.insert(new Disc({ kind: 'cd-rw', mountRainier: true }))
    return drive.transport()
  }`,
  'a pressed CD': `async () => {
    const drive = new Drive()
    drive.insert(new Disc({ kind: 'cd-rom' }))
    return drive.transport()
  }`,
  'one that knows no command': `async () => {
    const drive = new Drive()
    drive.insert(new Disc({ kind: 'cd-rw' }))
    drive.faults.failCommand(0x46, '5/20/00')
    return drive.transport()
  }`,
  'one that may not be opened': `async () => { throw new TransportError('refused', 'EACCES') }`,
  'one behind a broken cable': `async () => ({
    maxTransferBytes: 65536,
    execute: async () => { throw new TransportError('host', 'host status 7') },
  })`,
  'one that never answers, whatever its timeout': `async () => ({
    maxTransferBytes: 65536,
    execute: () => new Promise(() => {}),
  })`,
  'one whose open never returns': `() => new Promise(() => {})`,
  'one that leaves a thread asleep in the kernel': `() => new Promise(() => open(process.env.PKTW_TEST_FIFO, 'r', () => {}))`,
  'one with a fault of ours': `async () => { throw new TypeError('x is not a function') }`,
}
type DriveName = keyof typeof drives

const standIn = (): string => path.join(folder, 'stand-in.mjs')

/** The probe as it is installed. */
const real = (): string => path.join(inject('programs'), 'pktw-probe.mjs')

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'pktw-probe-'))
  await build({
    entryPoints: ['src/hooks/probe.ts'],
    outfile: standIn(),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    logLevel: 'error',
    banner: {
      js: "import { createRequire as __r } from 'node:module';const require = __r(import.meta.url);",
    },
    plugins: [
      {
        name: 'drive',
        setup: (b) =>
          b.onLoad({ filter: /src\/mmc\/sg\.ts$/ }, () => ({
            contents: `
              import { open } from 'node:fs'
              import { TransportError } from './src/mmc/transport.ts'
              import { Disc } from './test/drive/disc.ts'
              import { Drive } from './test/drive/drive.ts'
              const drives = { ${Object.entries(drives)
                .map(([name, openSg]) => `${JSON.stringify(name)}: ${openSg}`)
                .join(',\n')} }
              export const openSg = (...args) => drives[process.env.PKTW_TEST_DRIVE](...args)`,
            loader: 'ts',
            resolveDir: process.cwd(),
          })),
      },
    ],
  })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Run {
  code: number | string | null
  stdout: string
  stderr: string
  ms: number
}

const run = (program: string, args: string[], env: Record<string, string> = {}): Promise<Run> =>
  new Promise((resolve) => {
    const started = performance.now()
    execFile(
      process.execPath,
      [...sandboxed, program, ...args],
      { env, timeout: 120_000, killSignal: 'SIGKILL' },
      (error, stdout, stderr) =>
        resolve({
          code: error === null ? 0 : (error.signal ?? error.code ?? null),
          stdout,
          stderr: withoutWasmNotice(stderr),
          ms: performance.now() - started,
        }),
    )
  })

/** The probe with one of the drives above. */
const probe = (drive: DriveName, args = ['sr0', '--sg', '/dev/sg0'], env: Record<string, string> = {}) =>
  run(standIn(), args, { PKTW_TEST_DRIVE: drive, ...env })

const properties = (stdout: string): Record<string, string> =>
  Object.fromEntries(
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split('=') as [string, string]),
  )

/** What udev imports: KEY=value lines, values without anything that it would replace or quote. */
const importable = /^(PKTW_[A-Z]+=[a-z0-9.+-]+\n)+$/

describe('with drives', () => {
  test('a formatted CD-RW is ready', async () => {
    const result = await probe('a formatted CD-RW', ['/dev/sr0', '--sg', '/dev/sg0'])
    expect(result.code, result.stderr).toBe(0)
    expect(result.stdout).toMatch(importable)
    expect(properties(result.stdout)).toEqual({
      PKTW_STATE: 'ready',
      PKTW_BACKEND: 'engine',
      PKTW_MEDIUM: 'cd-rw',
      PKTW_PACKET: '32',
      PKTW_BLOCKS: '295264',
      PKTW_WRITABLE: '1',
      PKTW_REASON: 'media.ready-not-erasable',
    })
  })

  test.each([
    ['a DVD-RAM', 'direct', 'direct'],
    ['a DVD-RAM', 'engine', 'engine'],
    ['a DVD-RAM', 'pktcdvd', 'pktcdvd'],
    ['a formatted CD-RW', 'direct', 'engine'],
    ['a CD-RW with Mount Rainier', 'engine', 'direct'],
    ['a pressed CD', 'direct', undefined],
  ] as const)('%s, for which the settings want %s: %s', async (drive, wish, backend) => {
    const result = await probe(drive, ['--backend', wish, 'sr0', '--sg', '/dev/sg0'])
    expect(result.stdout).toMatch(importable)
    expect(properties(result.stdout).PKTW_BACKEND).toBe(backend)
  })

  test('the same as JSON', async () => {
    const result = await probe('a formatted CD-RW', ['--json', 'sr0', '--sg', '/dev/sg0'])
    expect(JSON.parse(result.stdout)).toEqual({
      state: 'ready',
      backend: 'engine',
      medium: 'cd-rw',
      packetBlocks: 32,
      blocks: 295264,
      writable: true,
      reason: 'media.ready-not-erasable',
    })
  })

  test('a pressed CD is not ours, which is no failure', async () => {
    const result = await probe('a pressed CD')
    expect(result.code).toBe(0)
    expect(properties(result.stdout)).toEqual({
      PKTW_STATE: 'unsupported',
      PKTW_WRITABLE: '0',
      PKTW_REASON: 'media.read-only',
    })
  })

  test.each([
    ['one that knows no command', 'drive.command-failed'],
    ['one that may not be opened', 'drive.refused'],
    ['one behind a broken cable', 'drive.host'],
    ['one with a fault of ours', 'drive.unexpected'],
  ] as const)('%s: %s, and no crash', async (name, reason) => {
    const result = await probe(name)
    expect(result.code).toBe(0)
    expect(properties(result.stdout)).toEqual({
      PKTW_STATE: 'error',
      PKTW_WRITABLE: '0',
      PKTW_REASON: reason,
    })
  })
})

/** ms that 2 s may take here: a node that starts slowly also ends slowly. */
const withinTwoSeconds = async (): Promise<number> =>
  Math.max(4000, 2000 + 10 * (await run(real(), ['--help'])).ms)

// Side by side: each waits for the clock most of its time.
describe.concurrent('within 2 s', () => {
  test.each(['one that never answers, whatever its timeout', 'one whose open never returns'] as const)(
    '%s: gone within 2 s, and says so',
    async (name) => {
      const result = await probe(name)
      expect(result.code, result.stderr).toBe(0)
      expect(result.stdout).toMatch(importable)
      expect(properties(result.stdout)).toMatchObject({
        PKTW_STATE: 'timeout',
        PKTW_WRITABLE: '0',
        PKTW_REASON: 'drive.timeout',
      })
      // 1.8 s for the drive; the rest is the start of node on a busy machine.
      expect(result.ms).toBeGreaterThan(1700)
      expect(result.ms).toBeLessThan(await withinTwoSeconds())
    },
  )

  test('a thread asleep in the kernel does not keep it: node’s own exit would wait for it for ever', async () => {
    const fifo = path.join(folder, 'fifo')
    expect(spawnSync('mkfifo', [fifo]).status).toBe(0)
    const result = await probe('one that leaves a thread asleep in the kernel', undefined, {
      PKTW_TEST_FIFO: fifo,
    })
    expect(result.code).toBe('SIGKILL')
    expect(result.ms).toBeLessThan(await withinTwoSeconds())
    expect(properties(result.stdout)).toMatchObject({ PKTW_STATE: 'timeout' })
  })
})

describe('as it is installed', () => {
  test('--help starts quickly, in an empty environment', async () => {
    const helps: Run[] = []
    const nodes: Run[] = []
    for (let i = 0; i < 3; i++) {
      helps.push(await run(real(), ['--help']))
      nodes.push(await run('--eval', ['']))
    }
    expect(helps[0]).toMatchObject({ code: 0, stderr: '' })
    expect(helps[0]?.stdout).toMatch(/^usage: pktw-probe /)
    // Node alone takes 60 to 90 ms on an idle machine; the best of three, because other tests run beside.
    const best = (runs: Run[]) => Math.min(...runs.map((r) => r.ms))
    expect(best(helps)).toBeLessThan(10 * best(nodes))
  })

  test('a drive that is not there', async () => {
    const result = await run(real(), ['/dev/sr4711'])
    expect(result.code).toBe(0)
    expect(properties(result.stdout)).toEqual({
      PKTW_STATE: 'error',
      PKTW_WRITABLE: '0',
      PKTW_REASON: 'drive.no-sg',
    })
  })

  test('an sg device that is not there', async () => {
    const result = await run(real(), ['sr0', '--sg', '/dev/sg4711'])
    expect(properties(result.stdout)).toMatchObject({ PKTW_STATE: 'error', PKTW_REASON: 'drive.gone' })
  })

  test.each([
    [[]],
    [['sda']],
    [['/dev/sr0/../sda']],
    [['sr0', 'sr1']],
    [['sr0;reboot']],
    [['sr0', '--sg', '/dev/sda']],
    [['sr0', '--what']],
  ])('wrong arguments %j: usage on stderr, nothing for udev to import', async (args) => {
    const result = await run(real(), args)
    expect(result.code).toBe(2)
    expect(result.stdout).toBe('')
    expect(result.stderr).toMatch(/^pktw-probe: .*\nusage: /)
  })

  // systemd's MemoryDenyWriteExecute= is a seccomp filter that needs systemd as PID 1; PR_SET_MDWE (Linux 6.3) denies the same and can be
  // had by one prctl, for which python3 is the shortest way. Where either lacks, the lab's udevd is the only judge.
  test('lives without writable and executable memory, where plain node dies', async (context) => {
    needTools(context, 'python3')
    const deny =
      'import ctypes,os,sys\nif ctypes.CDLL(None).prctl(65,1,0,0,0)!=0: sys.exit(77)\nos.execve(sys.argv[1],sys.argv[1:],os.environ)'
    const start = (args: string[]) =>
      spawnSync('python3', ['-c', deny, process.execPath, ...args], {
        encoding: 'utf8',
        timeout: 10_000,
        env: { PKTW_TEST_DRIVE: 'a formatted CD-RW', PATH: process.env.PATH },
      })
    const plain = start(['-e', '0'])
    // The kernel is not ours to install, not even where CI is set.
    if (plain.status === 77) skip(context, 'the kernel has no PR_SET_MDWE (before 6.3)')
    expect(plain.status).not.toBe(0)
    const denied = start([...sandboxed, standIn(), 'sr0', '--sg', '/dev/sg0'])
    expect(denied.status, denied.stderr).toBe(0)
    expect(properties(denied.stdout)).toMatchObject({ PKTW_STATE: 'ready' })
  })
})
