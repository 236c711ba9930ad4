// What packet writing costs the medium: the same five workloads through the engine and through whatever else can write the
// disc. `npm run lab -- wear/dvd+rw`; bench/README.md says how to read the table.
import { appendFile, mkdir } from 'node:fs/promises'
import path from 'node:path'
import { makeDisc } from '../test/lab/discs.ts'
import { mountedAt, profileFor, untilMounted, where } from '../test/lab/life.ts'
import { type Context, scenario } from '../test/lab/scenario.ts'
import type { Place } from '../test/lab/stand.ts'

/** Runs in the guest, in the mount point: node workload.mjs W1. */
const workload = `
import { closeSync, fsyncSync, mkdirSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
let seed = 7
const random = () => ((seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) / 4294967296)
const bytes = (n) => Buffer.alloc(n, Math.floor(random() * 256).toString(36) + random())
const sync = () => execFileSync('sync', ['--file-system', '.'])
const work = {
  W1() {
    for (let d = 0; d < 20; d++) {
      mkdirSync('w1-' + d)
      for (let f = 0; f < 30; f++) writeFileSync('w1-' + d + '/' + f, bytes(1024 + Math.floor(random() * 31744)))
    }
    sync()
  },
  W2() {
    const fd = openSync('w2', 'a')
    for (let n = 0; n < 150; n++) {
      writeSync(fd, bytes(4096))
      fsyncSync(fd)
    }
    closeSync(fd)
  },
  W3() {
    mkdirSync('w3')
    for (let f = 0; f < 400; f++) writeFileSync('w3/' + f, bytes(512 + Math.floor(random() * 16000)))
    for (let f = 0; f < 400; f += 2) rmSync('w3/' + f)
    sync()
  },
  W4() {
    const fd = openSync('w4', 'w')
    for (let n = 0; n < 32; n++) writeSync(fd, bytes(1 << 20))
    fsyncSync(fd)
    closeSync(fd)
  },
  W5() {
    const fd = openSync('w4', 'r+')
    for (let n = 0; n < 400; n++) writeSync(fd, bytes(4096), 0, 4096, Math.floor(random() * 8192) * 4096)
    fsyncSync(fd)
    closeSync(fd)
  },
}
process.chdir(process.argv[2])
work[process.argv[3]]()
`
const names = ['W1', 'W2', 'W3', 'W4', 'W5'] as const

/** To the medium, whatever the way has for it. */
const settle = `
import { connect } from 'node:net'
const socket = connect('/run/pktw/sr0/control.sock', () => socket.write('{"do":"flush"}\\n'))
socket.on('data', () => socket.end())
socket.on('error', () => process.exit(0))
`

interface Counted {
  commands: [write: number, read: number, sync: number]
  writes: Map<number, number>
}

function count({ drive }: Place): Counted {
  const { counters, disc } = drive
  return {
    commands: [counters.of(0x2a), counters.of(0x28), counters.of(0x35)],
    writes: new Map(disc?.writes),
  }
}

/** Packets that the medium was written with since then: how often in all, and how many different ones. */
function since(before: Counted, now: Counted) {
  const grown = [...now.writes]
    .map(([packet, n]) => n - (before.writes.get(packet) ?? 0))
    .filter((n) => n > 0)
  const [write, read, sync] = now.commands.map((n, i) => n - (before.commands[i] ?? 0))
  return {
    write,
    read,
    sync,
    written: grown.reduce((sum, n) => sum + n, 0),
    distinct: grown.length,
    hottest: Math.max(0, ...grown),
  }
}

async function measure(ctx: Context, place: Place, way: string, target: string): Promise<void> {
  await ctx.must(['tee', '/root/workload.mjs'], { stdin: Buffer.from(workload) })
  await ctx.must(['tee', '/root/settle.mjs'], { stdin: Buffer.from(settle) })
  for (const name of names) {
    const before = count(place)
    const began = performance.now()
    await ctx.must(['node', '/root/workload.mjs', target, name], { timeoutMs: 900_000 })
    const seconds = (performance.now() - began) / 1000
    const returned = since(before, count(place))
    await ctx.must(['node', '/root/settle.mjs'], { timeoutMs: 900_000 })
    const all = since(before, count(place))
    const row = { suite: ctx.suite, medium: ctx.medium, way, work: name, seconds, returned, all }
    await mkdir('bench/results', { recursive: true })
    await appendFile(path.join('bench/results', 'wear.jsonl'), `${JSON.stringify(row)}\n`)
    const ratio = all.written / Math.max(1, all.distinct)
    ctx.check(`${way} ${name}: packets written ÷ different ones`, way !== 'engine' || ratio <= 1.05, {
      seconds: Math.round(seconds * 10) / 10,
      ...all,
      ratio: Math.round(ratio * 100) / 100,
    })
  }
}

export default scenario({
  describe: 'wear: packets, commands and time of five workloads, through the engine and without it',
  media: ['cd-rw', 'dvd-rw', 'dvd+rw', 'dvd-ram', 'bd-re'],
  bench: true,
  run: async (ctx) => {
    const place = await ctx.stand.plug(profileFor(ctx.medium))
    place.drive.insert(await makeDisc({ kind: ctx.medium, udf: 'WEAR' }))
    await untilMounted(ctx)
    await measure(ctx, place, 'engine', where)
    if (ctx.medium === 'cd-rw' || ctx.medium === 'dvd-rw') return
    // The kernel's own way on the same drive, with a fresh disc.
    await ctx.must(['systemctl', 'stop', 'pktw@sr0.service'], { timeoutMs: 600_000 })
    place.drive.swap(await makeDisc({ kind: ctx.medium, udf: 'WEAR2' }))
    await untilMounted(ctx)
    await ctx.must(['systemctl', 'stop', 'pktw@sr0.service'], { timeoutMs: 600_000 })
    await ctx.waitFor('the drive is free', async () => (await mountedAt(ctx)) === undefined, 60_000)
    await ctx.must(['mkdir', '-p', '/mnt/raw'])
    await ctx.must(['mount', '-t', 'udf', '-o', 'rw,noatime', '/dev/sr0', '/mnt/raw'])
    await measure(ctx, place, 'direct', '/mnt/raw')
    await ctx.must(['umount', '/mnt/raw'], { timeoutMs: 600_000 })
  },
})
