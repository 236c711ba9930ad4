// pktw prepare: what it refuses, asks, orders and tells. The drive is the emulated one, systemd a fake that leaves a state behind.
import { existsSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import type { PrepareOptions } from '../../src/cli/options.ts'
import { prepare } from '../../src/cli/prepare.ts'
import { progressText } from '../../src/cli/prepare-progress.ts'
import { Stop } from '../../src/diagnostics/stop.ts'
import { type PrepareState, parseOrder } from '../../src/system/preparation.ts'
import { Disc, type DiscOptions, Drive } from '../drive/index.ts'
import { hear } from '../hear.ts'
import { machine } from './machine.ts'

const said = hear(process.stdout)
const told = hear(process.stderr)

const usual: PrepareOptions = {
  drive: undefined,
  label: undefined,
  full: false,
  erase: false,
  wait: true,
  cancel: false,
  dryRun: false,
  json: false,
}

const files = {
  '/sys/class/block/sr0/dev': '11:0\n',
  '/sys/class/block/sr0/diskseq': '7\n',
  '/sys/class/block/sr0/device/vendor': 'HL-DT-ST\n',
  '/sys/class/block/sr0/device/model': 'DVDRAM GP08 \n',
  '/proc/self/mountinfo': '',
  '/run/pktw/prepare/keep': '',
}

const state = (more: Partial<PrepareState>): string =>
  JSON.stringify({
    ...{ version: 1, drive: 'sr0', diskseq: '7', phase: 'done', disc: 'formatted' },
    ...{ startedAt: 1, updatedAt: 2, phaseStartedAt: 2 },
    ...more,
  })
const stateFile = '/run/pktw/prepare/sr0.json'
const startsWith = (more: Partial<PrepareState>) => ({
  'systemctl show': { stdout: 'ActiveState=inactive\n' },
  'systemctl --no-ask-password start': { leaves: { [stateFile]: state(more) } },
})
const done = startsWith({ mountedAt: '/media/cdvdrw' })

function bench(disc: DiscOptions | undefined, answers = {}, more: Record<string, string> = {}, uid = 0) {
  const drive = new Drive()
  if (disc !== undefined) drive.insert(new Disc({ blocks: 3200, ...disc }))
  const system = { ...machine({ ...files, ...more }, { ...done, ...answers }), uid }
  const env = { SUDO_UID: '1000', SUDO_GID: '100' }
  return {
    drive,
    system,
    run: (options: Partial<PrepareOptions> = {}) =>
      prepare({ ...usual, ...options }, { system, env, open: async () => drive.transport(), everyMs: 1 }),
    order: () => {
      const file = path.join(system.root, 'run/pktw/prepare/sr0.order')
      return existsSync(file) ? parseOrder(readFileSync(file, 'utf8')) : undefined
    },
    started: () => system.commands.filter((c) => / start /.test(c)),
  }
}

const stopped = async (work: Promise<unknown>) => {
  const error = await work.catch((e: unknown) => e)
  if (!(error instanceof Stop)) throw new Error(`not stopped: ${String(error)}`)
  return { ...error.diagnostics[0], exit: error.code }
}

const blank = { kind: 'cd-rw', state: 'blank' } as const
const burnt = { kind: 'cd-rw', state: 'session' } as const

describe('a disc from the shop', () => {
  test('nothing is asked: ordered, followed, told.text', async () => {
    const it = bench(blank)
    expect(await it.run({ label: 'Papers' })).toBe(0)
    expect(it.started()).toEqual(['systemctl --no-ask-password start --no-block -- pktw-prepare@sr0.service'])
    expect(it.order()).toEqual({
      ...{ version: 1, diskseq: '7', profile: 0x0a, full: false, erase: false },
      ...{ label: 'Papers', uid: 1000, gid: 100 },
    })
    expect(statSync(path.join(it.system.root, 'run/pktw/prepare/sr0.order')).mode & 0o777).toBe(0o600)
    expect(said.text).toBe('the disc in sr0 is prepared and mounted at /media/cdvdrw\n')
  })
  test('without a name it gets that of its kind', async () => {
    const it = bench({ kind: 'dvd+rw', state: 'blank' })
    await it.run()
    expect(it.order()?.label).toBe('DVD+RW')
  })
  test('what an earlier run told.text is not taken for the end', async () => {
    const it = bench(
      blank,
      { 'systemctl --no-ask-password start': {}, 'systemctl show': { stdout: 'ActiveState=inactive\n' } },
      { [stateFile]: state({ mountedAt: '/old' }) },
    )
    expect(await it.run()).toBe(1)
    expect(told.text).toContain('prepare.died')
  })
  test('--no-wait', async () => {
    const it = bench(blank)
    expect(await it.run({ wait: false })).toBe(0)
    expect(told.text).toContain('prepare.detached')
    expect(await it.run({ wait: false, json: true })).toBe(0)
    expect(JSON.parse(said.text)).toEqual({ drive: 'sr0', started: true })
  })
  test('no mount: the next step', async () => {
    const it = bench(blank, startsWith({}))
    await it.run()
    expect(said.text).toContain('pktw mount sr0')
  })
})

describe('a disc with something on it', () => {
  const found = { 'udevadm info': { stdout: 'ID_FS_TYPE=udf\nID_FS_LABEL=LA\u001bB\n' } }
  test('nobody to ask: refused, with what is on it', async () => {
    const it = bench(burnt, found)
    const refused = await stopped(it.run())
    expect(refused).toMatchObject({ code: 'prepare.needs-erase', exit: 1 })
    expect(refused.message).toContain('"LA?B" (udf)')
    expect(it.order()).toBeUndefined()
    expect(it.started()).toEqual([])
    expect((await stopped(it.run({ json: true }))).code).toBe('prepare.needs-erase')
  })
  test('--erase', async () => {
    const it = bench(burnt, found)
    expect(await it.run({ erase: true, full: true })).toBe(0)
    expect(it.order()).toMatchObject({ erase: true, full: true })
  })
  test('what udev does not know is not taken for empty', async () => {
    expect((await stopped(bench(burnt).run())).message).toContain('does not mean that it is empty')
    const audio = { 'udevadm info': { stdout: 'ID_CDROM_MEDIA_TRACK_COUNT_AUDIO=3\n' } }
    expect((await stopped(bench(burnt, audio).run())).message).toContain('3 audio tracks')
  })
})

describe('--dry-run', () => {
  test('a burnt CD-RW', async () => {
    const it = bench(burnt, {}, {}, 1000)
    expect(await it.run({ dryRun: true, label: 'X' })).toBe(0)
    expect(said.text).toBe(
      [
        'sr0 (HL-DT-ST DVDRAM GP08): a CD-RW',
        'would be done:',
        '  BLANK, what says what is on it (minimal)',
        '  FORMAT UNIT, 6.6 MB',
        '  mkudffs --media-type=cdrw --udfrev=2.01 --label=X /dev/pktw/sr0',
        'lost: no file system that udev knows, which does not mean that it is empty, 6.6 MB',
        '',
      ].join('\n'),
    )
    expect(it.order()).toBeUndefined()
    expect(it.drive.counters.log.filter((e) => [0x04, 0xa1, 0x2a, 0x55, 0x5b].includes(e.opcode))).toEqual([])
  })
  test('as JSON, of a formatted DVD+RW in full', async () => {
    const it = bench({ kind: 'dvd+rw' })
    expect(await it.run({ dryRun: true, json: true, full: true })).toBe(0)
    expect(JSON.parse(said.text)).toMatchObject({
      ...{ drive: 'sr0', kind: 'DVD+RW', medium: 'dvd+rw', holdsData: true },
      steps: [{ do: 'format' }, { do: 'background' }],
    })
  })
  test('not while the drive formats: it must not be asked anything', async () => {
    const it = bench(blank, { 'systemctl show': { stdout: 'ActiveState=activating\n' } })
    expect((await stopped(it.run({ dryRun: true }))).code).toBe('prepare.running')
    expect(it.drive.counters.log).toEqual([])
  })
})

describe('refused', () => {
  const mapFile = {
    '/run/pktw/map/nbd0': 'PKTW_DRIVE=sr0\nPKTW_SLOT=0\n',
    '/sys/class/block/nbd0/dev': '43:0\n',
  }
  test.each([
    ['no disc', undefined, {}, 'prepare.no-disc'],
    ['written once', { kind: 'cd-r' }, {}, 'prepare.write-once'],
    ['pressed', { kind: 'dvd-rom' }, {}, 'prepare.not-rewritable'],
    ['Mount Rainier', { kind: 'cd-rw', mountRainier: true }, {}, 'prepare.mount-rainier'],
    ['protected', { kind: 'dvd-ram', writeProtected: true }, {}, 'prepare.write-protected'],
    [
      'mounted by way of its packet device',
      blank,
      { ...mapFile, '/proc/self/mountinfo': '40 21 43:0 / /mnt rw - udf /dev/nbd0 rw\n' },
      'prepare.mounted',
    ],
    [
      'mounted itself',
      blank,
      { '/proc/self/mountinfo': '40 21 11:0 / /mnt ro - udf /dev/sr0 ro\n' },
      'prepare.mounted',
    ],
  ] as const)('%s', async (_, disc, more, code) => {
    const it = bench(disc, {}, more)
    const refused = await stopped(it.run({ erase: true }))
    expect(refused.code).toBe(code)
    expect(`${refused.message}${refused.remedy}`).not.toContain('{')
    expect(it.order()).toBeUndefined()
    expect(it.started()).toEqual([])
  })
  test('a program that has the drive', async () => {
    const it = bench(blank)
    const holders = async () => [{ pid: 4711, uid: 0, command: 'xorriso', file: '/dev/sr0' }]
    const refused = await stopped(
      prepare(usual, { system: it.system, open: async () => it.drive.transport(), holders }),
    )
    expect(refused).toMatchObject({
      code: 'prepare.held',
      message: expect.stringContaining('xorriso (process 4711)'),
    })
  })
  test('a drive that offers no format', async () => {
    const it = bench(blank)
    it.drive.faults.failCommand(0x23, '5/20/00', Number.POSITIVE_INFINITY)
    expect((await stopped(it.run())).code).toBe('prepare.no-format')
  })
  test('a drive that fails, is gone, does not answer', async () => {
    const failing = bench(blank)
    failing.drive.faults.failCommand(0x46, '5/24/00', Number.POSITIVE_INFINITY)
    expect((await stopped(failing.run())).code).toBe('prepare.refused')
    const gone = bench(blank)
    gone.drive.unplug()
    expect((await stopped(gone.run())).code).toBe('prepare.drive-gone')
  })
  describe('a drive that still formats', () => {
    const inWork = state({ phase: 'cancelled', disc: 'in-work' })
    const formatting = (more: Record<string, string> = {}) => {
      const it = bench({ kind: 'dvd-ram', state: 'blank' }, {}, more)
      it.drive.durations.format = 1500
      for (let i = 0; i < 3; i++) it.drive.execute(Buffer.alloc(6), Buffer.alloc(0))
      it.drive.execute(Buffer.from('041100000000', 'hex'), Buffer.from('000200080000000000000800', 'hex'))
      return it
    }
    test('what was begun is waited for: there is nothing on it that anybody would have to be asked for', async () => {
      const it = formatting({ [stateFile]: inWork })
      expect(await it.run()).toBe(0)
      expect(it.order()).toMatchObject({ erase: false, format: 'begun', full: false })
    })
    test('of somebody else: waited for, and asked', async () => {
      expect((await stopped(formatting().run())).code).toBe('prepare.needs-erase')
      expect((await stopped(formatting({ [stateFile]: inWork.replace('"7"', '"6"') }).run())).code).toBe(
        'prepare.needs-erase',
      )
    })
  })
  test('somebody who is not root, and no service that would do it', async () => {
    vi.stubEnv('DBUS_SYSTEM_BUS_ADDRESS', 'unix:path=/nowhere')
    const it = bench(blank, {}, {}, 1000)
    expect((await stopped(it.run({ erase: true }))).code).toBe('bus.unreachable')
    expect(it.order()).toBeUndefined()
    vi.unstubAllEnvs()
  })
  test('running already', async () => {
    const it = bench(blank, { 'systemctl show': { stdout: 'ActiveState=activating\n' } })
    expect((await stopped(it.run())).code).toBe('prepare.running')
  })
  test('several drives: it has to be said.text which, even where one is likelier', async () => {
    const it = bench(blank, {}, { ...mapFile, '/sys/class/block/sr1/dev': '11:1\n' })
    expect(await stopped(it.run())).toMatchObject({ code: 'cli.which-drive', exit: 2 })
    expect(await it.run({ drive: 'sr0' })).toBe(0)
  })
  test('a label that no disc can have', async () => {
    expect(await stopped(bench(blank).run({ label: 'a/b' }))).toMatchObject({
      code: 'prepare.label',
      exit: 2,
    })
  })
  test.each([
    ['Unit pktw-prepare@sr0.service not found.', 'cli.not-installed'],
    ['Interactive authentication required.', 'cli.not-allowed'],
    ['Transport endpoint is not connected', 'cli.unit-failed'],
  ])('systemd says %s', async (stderr, code) => {
    const it = bench(blank, { 'systemctl --no-ask-password start': { code: 1, stderr } })
    expect((await stopped(it.run())).code).toBe(code)
  })
})

describe('the end', () => {
  const error = {
    code: 'prepare.worn',
    message: 'could not be formatted',
    remedy: 'clean it',
    sense: '3/31/01',
  }
  const failing = startsWith({ phase: 'failed', disc: 'in-work', error })
  test('a failure is told.text with its next step', async () => {
    expect(await bench(blank, failing).run()).toBe(1)
    expect(told.text).toContain('error: could not be formatted [prepare.worn]')
    expect(told.text).toContain('clean it')
  })
  test('as JSON, with sense and what the disc is', async () => {
    expect(await bench(blank, failing).run({ json: true })).toBe(1)
    expect(JSON.parse(said.text)).toMatchObject({
      ...{ phase: 'failed', disc: 'in-work', error },
      diagnostics: [{ code: 'prepare.worn', severity: 'error' }],
    })
  })
  test('a service that died without a word', async () => {
    const it = bench(blank, startsWith({ phase: 'formatting', disc: 'in-work' }))
    expect(await it.run({ json: true })).toBe(1)
    expect(JSON.parse(said.text)).toMatchObject({
      phase: 'failed',
      disc: 'in-work',
      error: { code: 'prepare.died' },
    })
  })
})

describe('--cancel', () => {
  const running = { 'systemctl show': { stdout: 'ActiveState=activating\n' } }
  const stopping = (more: Partial<PrepareState>) => ({
    ...running,
    'systemctl --no-ask-password stop': { leaves: { [stateFile]: state(more) } },
  })
  const error = { code: 'prepare.cancelled', message: 'was cancelled: the drive goes on' }
  test('says what the disc is then', async () => {
    const it = bench(blank, stopping({ phase: 'cancelled', disc: 'in-work', error }))
    expect(await it.run({ cancel: true })).toBe(0)
    expect(it.system.commands).toContain('systemctl --no-ask-password stop -- pktw-prepare@sr0.service')
    expect(told.text).toContain('the drive goes on')
    expect(it.drive.counters.log).toEqual([])
  })
  test('too late', async () => {
    expect(await bench(blank, stopping({})).run({ cancel: true })).toBe(0)
    expect(said.text).toContain('is prepared')
  })
  test('nothing runs', async () => {
    expect((await stopped(bench(blank).run({ cancel: true }))).code).toBe('prepare.not-running')
  })
})

test.each([
  [{ phase: 'formatting' }, 'formatting'],
  [
    { phase: 'formatting', perMille: 405, rate: 2_800_000, endsAt: 720_000 },
    'formatting [########------------] 40 %, 2.8 MB/s, 12 min left',
  ],
  [{ phase: 'background', perMille: 1000 }, 'formatting the rest [####################] 100 %'],
] as const)('progress %o', (more, text) => {
  expect(progressText(JSON.parse(state(more)), 0)).toBe(text)
})
