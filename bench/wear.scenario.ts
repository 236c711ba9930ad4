// What packet writing costs the medium: the same five workloads through the engine and through whatever else can write the
// disc. `npm run lab -- wear/dvd+rw`; bench/README.md says how to read the table.
import { appendFile, mkdir } from 'node:fs/promises'
import path from 'node:path'
import { loadProfile } from '../test/drive/profile.ts'
import { eject, insert, installWith, profileFor, statsOf, untilLetGo, where } from '../test/lab/life.ts'
import { providePktcdvd } from '../test/lab/pktcdvd-module.ts'
import { type Context, scenario } from '../test/lab/scenario.ts'
import type { Place } from '../test/lab/stand.ts'

/** The drive's speed: 1 as on a desk, 0.1 a tenth of it, since programs are that much slower under emulation; 0 takes no time. */
const pace = Number(process.env.PKTW_BENCH_PACE ?? 1)

/**
 * Runs in the guest: node workload.mjs MOUNT-POINT W1 WAY. Says how many ms it took until the last call returned, and until the engine,
 * if it is that way, had everything on the medium.
 */
const workload = `
import { connect } from 'node:net'
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
const settled = () => new Promise((resolve) => {
  const socket = connect('/run/pktw/sr0/control.sock', () => socket.write('{"do":"flush"}\\n'))
  socket.on('data', resolve)
  socket.on('error', resolve)
})
process.chdir(process.argv[2])
const began = performance.now()
work[process.argv[3]]()
const returned = performance.now() - began
if (process.argv[4] === 'engine') await settled()
console.log(JSON.stringify({ returned, settled: performance.now() - began }))
process.exit()
`
/** All of them, or those that PKTW_BENCH_WORK names: W1,W4. */
const names = (process.env.PKTW_BENCH_WORK ?? 'W1,W2,W3,W4,W5').split(',')

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
    different: grown.length,
    hottest: Math.max(0, ...grown),
  }
}

const tenths = (ms: number): number => Math.round(ms / 100) / 10

const dirtiedOf = async (ctx: Context): Promise<number> => Number((await statsOf(ctx)).packets_dirtied)

async function measure(ctx: Context, place: Place, way: Way): Promise<void> {
  await ctx.must(['tee', '/root/workload.mjs'], { stdin: Buffer.from(workload) })
  for (const name of names) {
    const before = count(place)
    const dirtied = way === 'engine' ? await dirtiedOf(ctx) : 0
    const ran = await ctx.must(['node', '/root/workload.mjs', where, name, way], { timeoutMs: 1_800_000 })
    const took = JSON.parse(ran.stdout) as { returned: number; settled: number }
    const { drive } = place
    // The kernel's ways leave packets in the drive's cache that no call has waited for; they are written some time, and count.
    const left = drive.loaded?.cache.size ?? 0
    const seconds = tenths(took.returned)
    const onMedium = tenths(took.settled + drive.pace.left(drive.clock.now()))
    drive.loaded?.flush()
    const counted = since(before, count(place))
    const ratio = Math.round((counted.written / Math.max(1, counted.different)) * 100) / 100
    // What the engine counts: different packets between two flushes. Where a flush waits for the medium there are many of those.
    const between = way === 'engine' ? { dirtied: (await dirtiedOf(ctx)) - dirtied } : {}
    const row = {
      suite: ctx.suite,
      medium: ctx.medium,
      pace,
      way,
      work: name,
      seconds,
      onMedium,
      ...counted,
      ratio,
      left,
      ...between,
    }
    await mkdir('bench/results', { recursive: true })
    await appendFile(path.join('bench/results', 'wear.jsonl'), `${JSON.stringify(row)}\n`)
    const ideal = Math.max(counted.different, between.dirtied ?? 0)
    const held = way !== 'engine' || counted.written / ideal <= 1.05
    ctx.check(`${way} ${name}: packets written ÷ different ones between flushes`, held, row)
  }
}

type Way = 'engine' | 'direct' | 'pktcdvd'

/** What can write the medium. pktcdvd comes last: it leaves the drive's own queue smaller than it was. */
function* waysOf({ medium, suite }: Context): Generator<Way> {
  yield 'engine'
  if (medium !== 'cd-rw' && medium !== 'dvd-rw') yield 'direct'
  if (suite === 'bookworm' && medium !== 'dvd-ram' && medium !== 'bd-re') yield 'pktcdvd'
}

export default scenario({
  describe: 'wear: packets, commands and time of five workloads, through the engine and without it',
  media: ['cd-rw', 'dvd-rw', 'dvd+rw', 'dvd-ram', 'bd-re'],
  bench: true,
  boot: 'own',
  product: false,
  run: async (ctx) => {
    // pktcdvd takes a DVD+RW only in drives that say a packet size for it.
    const profile = loadProfile(profileFor(ctx.medium))
    const model = { ...profile, pace, quirks: { ...profile.quirks, plusRwTrack: 'fixed' as const } }
    for (const way of waysOf(ctx)) {
      if (!(process.env.PKTW_BENCH_WAYS ?? way).split(',').includes(way)) continue
      if (way === 'pktcdvd') await providePktcdvd(ctx)
      await installWith(ctx, `media: { ${ctx.medium}: ${way} }\n`)
      const place = await ctx.stand.plug(model)
      await insert(ctx, place, { kind: ctx.medium, udf: 'WEAR' })
      await measure(ctx, place, way)
      await eject(ctx, place)
      await untilLetGo(ctx)
      await ctx.stand.clear()
    }
  },
})
