// status and stats beside a real engine with the emulated drive: they print what the engine says.
import { mkdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { stats, statsOf } from '../../src/cli/stats.ts'
import { status } from '../../src/cli/status.ts'
import { statusText } from '../../src/cli/status-text.ts'
import { Stop } from '../../src/diagnostics/stop.ts'
import type { EngineStatus } from '../../src/packet/status.ts'
import type { System } from '../../src/system/system.ts'
import { control, stage } from '../engine/harness.ts'
import { hear } from '../hear.ts'
import { driveFiles, linkDrive, machine } from './machine.ts'

const said = hear(process.stdout)

/** A machine with sr0 mapped, and the directory of its engine's sockets. */
function mappedMachine(): { system: System; runtimeDir: string } {
  const system = machine({
    ...driveFiles('sr0', '11:0'),
    '/run/pktw/map/nbd0': 'PKTW_DRIVE=sr0\nPKTW_SLOT=0\n',
  })
  linkDrive(system, 'sr0')
  const runtimeDir = path.join(system.root, 'run/pktw/sr0')
  mkdirSync(runtimeDir)
  return { system, runtimeDir }
}

test('written, read, flushed: as the engine counts it', async () => {
  const { system, runtimeDir } = mappedMachine()
  const engine = await stage({ kind: 'dvd+rw', blocks: 1600 }, {}, { runtimeDir }).start()
  const client = await engine.attach()
  client.request(1, 0, 65_536)
  client.send(Buffer.alloc(65_536, 1))
  await client.reply()
  client.request(0, 512 * 2048, 65_536)
  await client.reply()
  await client.take(65_536)
  expect(await control({ dir: runtimeDir }, { do: 'flush' })).toEqual({ ok: true })
  const now = engine.session.status()
  expect(now.stats.packetsWritten).toBe(2)

  expect(await stats({ drive: undefined, json: true }, system)).toBe(0)
  const told = JSON.parse(said.text)
  expect(told).toMatchObject({
    drive: 'sr0',
    medium: 'dvd+rw',
    state: 'serving',
    attached: 1,
    disc_blocks: 1600,
    packet_blocks: 16,
    requests_read: 1,
    requests_write: 1,
    packets_written: 2,
    blocks_read: now.stats.blocksRead,
    packets_dirty: 0,
    errors: 0,
  })
  said.text = ''
  expect(await stats({ drive: 'sr0', json: false }, system)).toBe(0)
  const lines = said.text.trim().split('\n')
  expect(lines.map((line) => line.split(' ')[0])).toEqual(Object.keys(told))
  expect(lines).toContain('packets_written 2')

  said.text = ''
  expect(await status({ drive: undefined, json: true, watch: undefined }, '1.0', system)).toBe(0)
  expect(JSON.parse(said.text).drives[0].engine).toEqual(JSON.parse(JSON.stringify(engine.session.status())))
  said.text = ''
  expect(await status({ drive: 'sr0', json: false, watch: undefined }, '1.0', system)).toBe(0)
  expect(said.text).toContain('written   2 packets (66 kB) for 1 request')
  expect(said.text).toContain('dirty     none: everything is on the disc')
  expect(said.text).toContain('errors    none')
})

const full: EngineStatus = {
  drive: 'sr0',
  state: 'serving',
  medium: 'dvd+rw',
  packetBlocks: 16,
  blocks: 2_295_104,
  attached: true,
  startedAt: 1000,
  backend: 'engine',
  flush: 'journal',
  speed: 5540,
  journalBytes: 1_200_000,
  badBlocks: 1,
  wear: { packetsWritten: 12_041, hottest: { packet: 16, writes: 212 } },
  stats: {
    requests: { reads: 300, writes: 2140, flushes: 9 },
    packetsWritten: 812,
    packetsRead: 31,
    packetsDirtied: 700,
    blocksRead: 6000,
    blocksFromMemory: 2000,
    synchronizes: 4,
    errors: 2,
    lastError: 'write of blocks 32..63: 3/0C/00',
    dirty: 15,
    waiting: 12,
    hottest: { packet: 16, writes: 20 },
  },
}

const textOf = (engine: EngineStatus): string => {
  const disc = { present: true, state: 'ready' }
  const unit = { name: 'pktw@sr0.service', active: 'unknown', sub: '', result: '' }
  const drive = { drive: 'sr0', vendor: 'HL-DT-ST', model: 'GP08', disc, unit, mounts: [], engine }
  return statusText({ version: '1.0', installed: 'manifest', drives: [drive] }, 61_000)
}

test('all that an engine may tell, in words', () => {
  expect(textOf(full).split('ready\n')[1]).toBe(`  backend   engine, serving for 1 min, flushes to the journal
  speed     5540 kB/s (4x)
  dirty     12 packets (393 kB) in memory, 3 packets in the drive's cache, journal 1.2 MB
  written   812 packets (27 MB) for 2140 requests, at best 700
  read      12 MB from the disc for 300 requests; 31 packets in all
  cache     25 % of what was read came from memory (4.1 MB)
  wear      12041 packets (395 MB) written in the disc's life, packet 16 most often: 212 times
  errors    2, 1 bad block
            last: write of blocks 32..63: 3/0C/00`)
})

test('what was lost is listed, the newest first; and a journal that cannot be kept', () => {
  const at = Date.now()
  const loss = (lba: number) => ({ lba, blocks: 16, at, why: '3/0C/00 write error' })
  const kept = { ...loss(8192), kept: '/var/lib/pktw/discs/journal/kept-1' }
  const losses = [...[0, 16, 32, 48, 64].map(loss), kept]
  const text = textOf({ ...full, losses, journalLost: 'EROFS: read-only file system, write' })
  const rows = text.split('\n').map((line) => line.trim())
  const first = rows.findIndex((line) => line.startsWith('lost '))
  expect(rows[first]).toBe('lost      6 packets (197 kB) that the disc does not have')
  expect(rows[first + 1]).toMatch(
    /^blocks 8192 to 8207 since \d{4}-\d\d-\d\d \d\d:\d\d: 3\/0C\/00 write error; copy in \/var\/lib\/pktw\/discs\/journal\/kept-1$/,
  )
  expect(rows[first + 2]).toMatch(/^blocks 64 to 79 since .*: 3\/0C\/00 write error$/)
  expect(rows.filter((line) => line.startsWith('blocks '))).toHaveLength(5)
  expect(text).toContain(
    'journal   lost: every flush waits for the disc (EROFS: read-only file system, write)',
  )
  expect(statsOf({ ...full, losses, journalLost: 'EROFS' }, 0)).toMatchObject({
    lost_packets: 6,
    journal_lost: 1,
  })
  expect(statsOf(full, 0)).toMatchObject({ lost_packets: 0, journal_lost: 0 })
})

test('an engine that does not know the later fields', () => {
  const { backend, flush, speed, journalBytes, badBlocks, wear, ...first } = full
  const { packetsDirtied, blocksFromMemory, waiting, lastError, hottest, ...counted } = full.stats
  const text = textOf({ ...first, stats: { ...counted, hottest: hottest! } })
  expect(text).toContain('backend   engine, serving for 1 min\n')
  expect(text).toContain('wear      since it was mapped: packet 16 most often: 20 times')
  expect(text).not.toMatch(/cache |speed|undefined|NaN/)
  expect(Object.values(statsOf({ ...first, stats: counted }, 0))).not.toContain(undefined)
})

test('nothing read yet is no hit rate', () => {
  const none = { ...full, stats: { ...full.stats, blocksRead: 0, blocksFromMemory: 0 } }
  expect(textOf(none)).toContain('cache     nothing read yet')
})

test('keys of stats are those of docs/cli.md', () => {
  const table = readFileSync('docs/cli.md', 'utf8').split('## Counters')[1] ?? ''
  const documented = [...table.matchAll(/^\| `(\w+)` \|/gm)].map((match) => match[1])
  expect(documented).toEqual(Object.keys(statsOf(full, 61_000)))
})

const codeOf = async (work: Promise<unknown>): Promise<string | undefined> => {
  const error = await work.catch((e: unknown) => e)
  if (!(error instanceof Stop)) throw new Error(`not stopped: ${String(error)}`)
  expect(error.code).toBe(1)
  return error.diagnostics[0]?.code
}

test('no engine to be asked: not mapped, or silent', async () => {
  const { system } = mappedMachine()
  expect(await codeOf(stats({ drive: undefined, json: false }, system))).toBe('cli.engine-silent')
  const bare = machine({ '/sys/class/block/sr0/dev': '11:0' })
  expect(await codeOf(stats({ drive: undefined, json: false }, bare))).toBe('cli.not-mapped')
})

test('a disc that the kernel writes: what is known of it, and that what is left is not', async () => {
  const { system, runtimeDir } = mappedMachine()
  const standBy = { drive: 'sr0', state: 'serving', backend: 'direct', medium: 'dvd-ram', startedAt: 1 }
  const server = createServer((socket) => void socket.end(JSON.stringify(standBy)))
  await new Promise<void>((resolve) => server.listen(path.join(runtimeDir, 'status.sock'), resolve))
  onTestFinished(() => void server.close())
  expect(await stats({ drive: undefined, json: true }, system)).toBe(0)
  expect(JSON.parse(said.text)).toMatchObject({ drive: 'sr0', medium: 'dvd-ram', backend: 'direct' })
  said.text = ''
  expect(await status({ drive: undefined, json: false, watch: undefined }, '1.0', system)).toBe(0)
  expect(said.text).toContain('backend   direct, serving for')
  expect(said.text).toContain('dirty     not known: the kernel writes the disc')
  expect(said.text).not.toContain('does not answer')
})

test.each(['', 'no JSON', '[]', '{"drive":"sr0"}', `{"stats":{"requests":{}}}`, `"${'x'.repeat(70_000)}"`])(
  'what is no status is as silent: %.20s',
  async (answer) => {
    const { system, runtimeDir } = mappedMachine()
    const server = createServer((socket) => void socket.end(answer))
    await new Promise<void>((resolve) => server.listen(path.join(runtimeDir, 'status.sock'), resolve))
    onTestFinished(() => void server.close())
    expect(await codeOf(stats({ drive: undefined, json: true }, system))).toBe('cli.engine-silent')
  },
)
