// What pktw-prepare@.service does, but for systemd: the order, the drive (the emulated one), the state, mkudffs' options.
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { Stop } from '../../src/diagnostics/stop.ts'
import {
  type FileSystemMachine,
  makeFileSystem,
  mkudffsCommand,
  needMkudffs,
} from '../../src/hooks/prepare-file-system.ts'
import { takeOrder } from '../../src/hooks/prepare-order.ts'
import { estimate, PrepareReport } from '../../src/hooks/prepare-report.ts'
import type { CompiledSettings } from '../../src/settings/compiled.ts'
import { mediaNames } from '../../src/settings/settings.ts'
import { parseOrder, parseState } from '../../src/system/preparation.ts'
import { temporaryRoot } from '../steps/tree.ts'
import { needTools } from '../tools.ts'
import { bench, order } from './prepare-bench.ts'

const text = JSON.stringify(order)
const owner = process.getuid?.() ?? 0

describe('the order', () => {
  const file = (contents = text, mode = 0o600): string => {
    const name = path.join(temporaryRoot(), 'sr0.order')
    writeFileSync(name, contents)
    chmodSync(name, mode)
    return name
  }
  const refused = async (name: string, who = owner): Promise<string> => {
    const error = await takeOrder('sr0', name, who).catch((e: unknown) => e)
    if (!(error instanceof Stop)) throw new Error(`taken: ${JSON.stringify(error)}`)
    expect(error.diagnostics[0]?.code).toBe('prepare.order-missing')
    return error.message
  }

  test('is taken once', async () => {
    const name = file()
    expect(await takeOrder('sr0', name, owner)).toEqual(order)
    expect(existsSync(name)).toBe(false)
    expect(await refused(name)).toContain('ENOENT')
  })
  test('of somebody else, or that others may write', async () => {
    expect(await refused(file(), owner + 1)).toContain('somebody else')
    expect(await refused(file(text, 0o660))).toContain('somebody else')
    expect(await refused(file(text, 0o602))).toContain('somebody else')
  })
  test('a link, a pipe, a directory, a long one', async () => {
    const link = path.join(temporaryRoot(), 'link')
    symlinkSync(file(), link)
    expect(await refused(link)).toContain('ELOOP')
    const pipe = path.join(temporaryRoot(), 'pipe')
    execFileSync('mkfifo', [pipe])
    expect(await refused(pipe)).toContain('no plain file')
    expect(await refused(temporaryRoot())).toContain('no plain file')
    expect(await refused(file(text + ' '.repeat(5000)))).toContain('too long')
  })
  test.each([
    ['nothing', ''],
    ['a list', '[]'],
    ['half of it', text.slice(0, 40)],
    ['another version', JSON.stringify({ ...order, version: 2 })],
    ['a number as DISKSEQ', JSON.stringify({ ...order, diskseq: 7 })],
    ['a path as DISKSEQ', JSON.stringify({ ...order, diskseq: '../7' })],
    ['no profile', JSON.stringify({ ...order, profile: undefined })],
    ['consent as text', JSON.stringify({ ...order, erase: 'yes' })],
    ['a format of some kind', JSON.stringify({ ...order, format: 'yes' })],
    ['a label with a line', JSON.stringify({ ...order, label: 'a\nb' })],
    ['an uid of -1', JSON.stringify({ ...order, uid: -1 })],
    ['a gid that means nobody', JSON.stringify({ ...order, gid: 0xffff_ffff })],
  ])('%s is none', async (_, contents) => {
    expect(parseOrder(contents)).toBeUndefined()
    expect(await refused(file(contents))).toContain('not understood')
  })
})

describe('the drive', () => {
  test('a blank disc: formatted, and told on the way', async () => {
    const { run, disc, states } = bench({ kind: 'cd-rw', state: 'blank' })
    expect(await run()).toBeUndefined()
    expect(disc.formats).toBe(1)
    expect([...new Set(states.map((s) => s.phase))]).toEqual(['starting', 'formatting', 'mapping'])
    const half = states.find((s) => (s.perMille ?? 0) >= 500)
    expect(half).toMatchObject({ disc: 'in-work', medium: 'cd-rw', blocks: 3200 })
    const left = (half?.endsAt ?? 0) - (half?.updatedAt ?? 0)
    expect(left).toBeGreaterThan(250_000)
    expect(left).toBeLessThan(350_000)
    expect(half?.rate).toBeCloseTo((3200 * 2048) / 600, -2)
    expect(states.at(-1)).toMatchObject({ phase: 'mapping', disc: 'formatted' })
    expect(states.at(-1)).not.toHaveProperty('perMille')
    for (const state of states) expect(parseState(JSON.stringify(state))).toEqual(state)
  })
  test('a disc that has its format: as it was, until there is a new file system', async () => {
    const { run, disc, states } = bench({ kind: 'cd-rw' }, { erase: true })
    expect(await run()).toBeUndefined()
    expect(disc.formats).toBe(0)
    expect(states.at(-1)).toMatchObject({ phase: 'mapping', disc: 'unchanged' })
  })
  test('not more than once a second', async () => {
    const { run, states } = bench({ kind: 'cd-rw', state: 'blank' })
    await run()
    const times = states.filter((s) => s.perMille !== undefined).map((s) => s.updatedAt)
    expect(times.length).toBeGreaterThan(100)
    for (const [i, at] of times.entries())
      if (i > 0) expect(at - (times[i - 1] ?? 0)).toBeGreaterThanOrEqual(1000)
  })
  test('something on it, and nobody agreed: nothing is sent', async () => {
    const { run, disc, states } = bench({ kind: 'cd-rw', state: 'session' })
    expect(await run()).toBe('prepare.needs-erase')
    expect([disc.blanks, disc.formats]).toEqual([0, 0])
    expect(states.at(-1)).toMatchObject({
      phase: 'failed',
      disc: 'unchanged',
      error: { code: 'prepare.needs-erase', sense: '3/31/01' },
    })
  })
  test('an appendable disc is not blank', async () => {
    const { run, disc } = bench({ kind: 'cd-rw', state: 'appendable' })
    expect(await run()).toBe('prepare.needs-erase')
    expect([disc.blanks, disc.formats]).toEqual([0, 0])
  })
  test('agreed', async () => {
    const { run, disc } = bench({ kind: 'cd-rw', state: 'session' }, { erase: true })
    expect(await run()).toBeUndefined()
    expect([disc.blanks, disc.formats]).toEqual([1, 1])
  })
  test('another number, or another kind of disc than was agreed to', async () => {
    const first = bench({ kind: 'cd-rw', state: 'blank' })
    first.lose('disc 7 was agreed to, disc 8 is in the drive')
    expect(await first.run()).toBe('prepare.disc-changed')
    const second = bench({ kind: 'dvd+rw', state: 'blank' })
    expect(await second.run()).toBe('prepare.disc-changed')
    expect([first.disc.formats, second.disc.formats]).toEqual([0, 0])
  })
  test.each([
    [{ kind: 'cd-r' }, 0x09, 'prepare.write-once'],
    [{ kind: 'dvd-rom' }, 0x10, 'prepare.not-rewritable'],
    [{ kind: 'cd-rw', mountRainier: true }, 0x0a, 'prepare.mount-rainier'],
    [{ kind: 'dvd-ram', writeProtected: true }, 0x12, 'prepare.write-protected'],
  ] as const)('%o: %s', async (disc, profile, code) => {
    const it = bench(disc, { profile, erase: true, full: true })
    expect(await it.run()).toBe(code)
    expect([it.disc.blanks, it.disc.formats]).toEqual([0, 0])
    expect(it.states.at(-1)?.disc).toBe('unchanged')
  })
  test('no disc', async () => {
    const none = bench({ kind: 'cd-rw' })
    none.drive.removeDisc()
    expect(await none.run()).toBe('prepare.no-disc')
  })

  describe('that formats already', () => {
    const ram = { kind: 'dvd-ram', state: 'blank' } as const
    const begin = ({ drive }: ReturnType<typeof bench>): void => {
      const blankFormat = Buffer.from('000200080000000000000800', 'hex')
      for (let i = 0; i < 3; i++) drive.execute(Buffer.alloc(6), Buffer.alloc(0))
      drive.execute(Buffer.from('041100000000', 'hex'), blankFormat)
    }
    const begun = { profile: 0x12, format: 'begun' } as const

    test('is waited for, and not made to format again', async () => {
      const it = bench(ram, begun, 'in-work')
      begin(it)
      expect(await it.run()).toBeUndefined()
      expect(it.disc.formats).toBe(1)
      expect(it.states.some((s) => s.phase === 'formatting' && (s.perMille ?? 0) > 500)).toBe(true)
      expect(it.states.every((s) => s.disc === 'in-work' || s.disc === 'formatted')).toBe(true)
      expect(it.states.at(-1)).toMatchObject({ phase: 'mapping', disc: 'formatted' })
    })
    test('and says no more than that it gets ready', async () => {
      const it = bench(ram, begun, 'in-work')
      begin(it)
      Object.assign(it.drive.operation ?? {}, { sense: '2/04/01' })
      expect(await it.run()).toBeUndefined()
      expect(it.states.at(-1)?.disc).toBe('formatted')
    })
    test('for somebody else: waited for, and what it left is nobody’s to erase unasked', async () => {
      const it = bench(ram, { profile: 0x12 })
      begin(it)
      expect(await it.run()).toBe('prepare.needs-erase')
      expect(it.states.at(-1)).toMatchObject({ phase: 'failed', disc: 'unchanged' })
    })
    test('and ended before anybody looked: empty, unless somebody has written to it', async () => {
      const it = bench({ kind: 'dvd-ram' }, begun)
      expect(await it.run()).toBeUndefined()
      const written = bench({ kind: 'dvd-ram' }, begun)
      written.disc.put(256, Buffer.alloc(2048, 1))
      expect(await written.run()).toBe('prepare.needs-erase')
    })
    test('and is not waited for this time either: it is not forgotten', async () => {
      const it = bench(ram, begun, 'in-work')
      begin(it)
      it.clock.later(60_000, () => it.abort.abort())
      expect(await it.run()).toBe('prepare.cancelled')
      expect(it.states.at(-1)).toMatchObject({ phase: 'cancelled', disc: 'in-work' })
    })
    test('and fails at it: it is formatted anew', async () => {
      const it = bench(ram, begun, 'in-work')
      begin(it)
      it.clock.later(30_000, () => {
        it.drive.operation = undefined
        it.drive.faults.failCommand(0x00, '3/31/01', 1)
      })
      expect(await it.run()).toBeUndefined()
      expect(it.states.at(-1)).toMatchObject({ phase: 'mapping', disc: 'formatted' })
      expect(it.disc.state).toBe('formatted')
    })
  })
})

describe('the estimate', () => {
  test.each([
    [0.5, 1000, 60_000, { perMille: 500, endsAt: 121_000, rate: 17067 }],
    [0.001, 1000, 60_000, { perMille: 1 }],
    [0.5, undefined, 60_000, { perMille: 500, endsAt: 121_000 }],
    [7, 1000, 60_000, { perMille: 1000, endsAt: 61_000, rate: 34133 }],
    [0.5, 1000, 0, { perMille: 500 }],
  ])('%d of %s blocks after %d ms', (progress, blocks, elapsed, expected) => {
    expect(estimate(progress, blocks, 1000, 1000 + elapsed)).toEqual(expected)
  })
})

describe('taking it up and making the file system', () => {
  const ready = { code: 0, stdout: 'PKTW_STATE=ready\nPKTW_MEDIUM=cd-rw\n', stderr: '' }
  const good = { code: 0, stdout: '', stderr: '' }

  /** A machine that maps and mounts as soon as it is told to. */
  async function make(answers: Record<string, Partial<typeof good>> = {}, device = 'nbd0', flushed = true) {
    const commands: string[] = []
    const report = new PrepareReport('sr0', '7', async () => undefined)
    await report.phase('mapping', { medium: 'cd-rw', disc: 'formatted' })
    const machine: FileSystemMachine = {
      run: async (program, argv) => {
        const command = [program, ...argv].join(' ')
        commands.push(command)
        const key = Object.keys(answers).find((k) => command.startsWith(k))
        const usual = program === 'udevadm' ? ready : good
        return { ...usual, ...(key === undefined ? {} : answers[key]) }
      },
      ask: async () => {
        commands.push('flush')
        return flushed ? { ok: true } : { ok: false, error: '3/0C/00 write error' }
      },
      mappingOf: async () => ({ device, slot: 0 }),
      mountsOf: async () =>
        commands.some((c) => c.startsWith('mkudffs'))
          ? [
              {
                device: '43:0',
                source: '/dev/nbd0',
                target: '/media/cdvdrw',
                type: 'udf',
                options: ['rw'],
                superOptions: [],
              },
            ]
          : [],
      readSettings: async () =>
        ({
          style: 'systemd',
          mounts: [{ where: '/media/cdvdrw', unit: 'media-cdvdrw.mount' }],
        }) as CompiledSettings,
      removeState: async (file) => {
        commands.push(`remove ${file}`)
      },
      sleep: async () => undefined,
    }
    const code = await makeFileSystem('sr0', order, report, machine).then(
      () => undefined,
      (error: Stop) => error.diagnostics[0]?.code,
    )
    return { code, commands, state: report.state }
  }

  test('in this order; the mark goes before what is to be mounted is made', async () => {
    const { code, commands, state } = await make()
    expect(code).toBeUndefined()
    expect(commands.map((c) => c.split(' ').slice(0, 4).join(' '))).toEqual([
      'systemctl start -- pktw-look@sr0.service',
      'udevadm info --query=property --name=/dev/sr0',
      'systemctl start -- pktw@sr0.service',
      'remove /run/pktw/prepare/sr0.unfinished',
      'mkudffs --media-type=cdrw --udfrev=2.01 --blocksize=2048',
      'flush',
    ])
    expect(state).toMatchObject({ phase: 'mounting', device: '/dev/nbd0', mountedAt: '/media/cdvdrw' })
  })
  test('a disc that the kernel writes is taken up anew', async () => {
    const { commands } = await make({}, 'sr0')
    expect(commands.slice(-4)).toEqual([
      'systemctl stop -- pktw@sr0.service',
      'systemctl start -- pktw-look@sr0.service',
      'udevadm info --query=property --name=/dev/sr0',
      'systemctl start -- pktw@sr0.service',
    ])
  })
  test.each([
    ['prepare.still-not-ready', { udevadm: { stdout: 'PKTW_STATE=error\nPKTW_REASON=drive.timeout\n' } }],
    ['prepare.still-not-ready', { udevadm: { stdout: '' } }],
    ['prepare.not-mapped', { 'systemctl start -- pktw@': { code: 1, stderr: 'Job failed.' } }],
    ['prepare.mkudffs-failed', { mkudffs: { code: 1, stderr: 'mkudffs: Error: Device is mounted' } }],
  ])('%s', async (code, answers) => {
    expect((await make(answers)).code).toBe(code)
  })
  test('what did not get to the disc is no file system', async () => {
    expect((await make({}, 'nbd0', false)).code).toBe('prepare.mkudffs-failed')
  })
  test('without mkudffs nothing is begun', async () => {
    const run = async () => ({ code: 127, stdout: '', stderr: '' })
    expect((await needMkudffs({ run }).catch((error: Stop) => error.diagnostics[0]))?.code).toBe(
      'prepare.no-mkudffs',
    )
    expect(await needMkudffs({ run: async () => good })).toBeUndefined()
  })
})

describe('mkudffs', () => {
  test('options of a disc', () => {
    expect(mkudffsCommand('cd-rw', order, 'nbd0')).toEqual([
      ...[
        '--media-type=cdrw',
        '--udfrev=2.01',
        '--blocksize=2048',
        '--label=PAPERS',
        '--uid=1000',
        '--gid=100',
      ],
      '/dev/nbd0',
    ])
  })
  test.for(mediaNames)('takes those of %s', (medium, context) => {
    needTools(context, '/usr/sbin/mkudffs')
    const image = path.join(temporaryRoot(), 'disc.udf')
    const argv = mkudffsCommand(medium, { ...order, label: 'Überblick' }, 'nbd0').slice(0, -1)
    const said = execFileSync('/usr/sbin/mkudffs', ['--new-file', ...argv, image, '32768'], {
      encoding: 'utf8',
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8' },
    })
    expect(said).toMatch(/^udfrev=2\.01$/m)
    expect(said).toMatch(/^label=Überblick$/m)
    expect(said).toMatch(/^blocksize=2048$/m)
  })
})
