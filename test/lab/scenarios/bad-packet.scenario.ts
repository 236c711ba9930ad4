import type { Disc } from '../../drive/disc.ts'
import {
  bytes,
  eject,
  insert,
  journalSince,
  now,
  profileFor,
  sumOf,
  untilMounted,
  where,
  write,
} from '../life.ts'
import { type Context, scenario } from '../scenario.ts'
import type { Place } from '../stand.ts'

const blockBytes = 2048
const victimBytes = 1024 * 1024
/** Media whose drive has no spare areas of its own: their volumes have sparing tables. */
const sparable = ['cd-rw', 'dvd-rw', 'dvd+rw']

/** The block of the medium that has these bytes. */
function findBlock(disc: Disc, wanted: Buffer): number | undefined {
  for (const packet of disc.writes.keys()) {
    const first = packet * disc.packetBlocks
    const data = disc.read(first, disc.packetBlocks)
    for (let i = 0; i < disc.packetBlocks; i++)
      if (data.subarray(i * blockBytes, (i + 1) * blockBytes).equals(wanted)) return first + i
  }
  return undefined
}

/** The tray comes out, however often one has to press. Gives how often. */
async function pressUntilOut(ctx: Context, place: Place): Promise<number> {
  let presses = 0
  await ctx.waitFor(
    'the tray is out',
    async () => {
      if (place.drive.trayOpen) return true
      place.drive.pressEject()
      presses++
      const end = performance.now() + 60_000
      while (!place.drive.trayOpen && performance.now() < end)
        await new Promise((resolve) => setTimeout(resolve, 100))
      return place.drive.trayOpen
    },
    240_000,
  )
  return presses
}

const lossesIn = (said: string): string[] =>
  said
    .split('\n')
    .filter((line) => /pktw-engine|node/.test(line) && /3\/0C\/00|lost|given up|refuse/i.test(line))

/** `spares`: the volume has a table of spare packets, so nothing is lost. */
async function wornDisc(ctx: Context, place: Place, spares: boolean): Promise<void> {
  const name = spares ? 'with a sparing table' : 'without spare packets'
  const since = await now(ctx)
  const disc = await insert(ctx, place, { kind: ctx.medium, udf: spares ? 'LAB' : 'PLAIN', spares })
  const kept = await write(ctx, `${where}/kept`, bytes('kept', 500_000))
  const old = bytes('old', victimBytes)
  await write(ctx, `${where}/victim`, old)
  await eject(ctx, place)
  place.drive.closeTray()
  await untilMounted(ctx)

  const at = victimBytes / 2
  const bad = findBlock(disc, old.subarray(at, at + blockBytes))
  ctx.check(`${name}: the file is on the disc`, bad !== undefined, bad)
  if (bad === undefined) return
  place.drive.faults.failSector(bad, 'write')
  const fresh = bytes('fresh', victimBytes)
  // In place, so that the bad packet is written; what it says does not matter here, fsync may wait for the medium.
  const argv = ['dd', `of=${where}/victim`, 'bs=64k', 'conv=notrunc,fsync', 'status=none']
  const wrote = await ctx.guest.exec(argv, { user: 'alice', stdin: fresh, timeoutMs: 300_000 })
  const beside = await write(ctx, `${where}/beside`, bytes('beside', 300_000))
  const status = await ctx.guest.exec(['pktw', 'status', '--json'], { timeoutMs: 60_000 })

  const presses = await pressUntilOut(ctx, place)
  ctx.check(`${name}: the tray comes out`, place.drive.trayOpen, `${presses} presses`)
  const hottest = Math.max(...disc.writes.values())
  ctx.check(`${name}: no packet was written again and again`, hottest <= 8, hottest)
  const told = lossesIn(await journalSince(ctx, since))
  if (!spares) ctx.check(`${name}: the loss is in the journal`, told.length > 0, told)

  place.drive.closeTray()
  await untilMounted(ctx)
  ctx.check(`${name}: mounted again, kept is whole`, (await sumOf(ctx, `${where}/kept`)) === kept, kept)
  ctx.check(
    `${name}: what was written beside is whole`,
    (await sumOf(ctx, `${where}/beside`)) === beside,
    beside,
  )
  const victim = await ctx.guest.exec([
    'dd',
    `if=${where}/victim`,
    'bs=64k',
    'conv=noerror,sync',
    'status=none',
    'of=/var/tmp/victim',
  ])
  const wrong = await differingPackets(ctx, fresh, disc.packetBlocks * blockBytes)
  if (spares) {
    ctx.check(`${name}: the file is whole`, wrong.length === 0 && wrote.code === 0, { wrong, wrote })
  } else {
    ctx.check(`${name}: of the file one packet is missing at the most`, wrong.length <= 2, { wrong, victim })
    ctx.check(
      `${name}: somebody was told`,
      wrote.code !== 0 || told.length > 0 || /losses/.test(status.stdout),
      {
        fsync: wrote.stderr,
        status: status.stdout.slice(0, 200),
      },
    )
  }
  await eject(ctx, place)
  place.drive.faults.clear()
  place.drive.removeDisc()
}

/** Stretches of the file, each as long as a packet, that are not as they were written last. */
async function differingPackets(ctx: Context, wanted: Buffer, packetBytes: number): Promise<number[]> {
  await ctx.must(['tee', '/var/tmp/wanted'], { stdin: wanted })
  const { stdout } = await ctx.guest.exec(['cmp', '-l', '/var/tmp/wanted', '/var/tmp/victim'], {
    timeoutMs: 300_000,
  })
  const offsets = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => Math.floor((Number(line.trim().split(/\s+/)[0]) - 1) / packetBytes))
  return [...new Set(offsets)]
}

export default scenario({
  describe:
    'the medium refuses a packet for good: with spare packets nothing is lost, without them that packet alone; the tray comes out, and the disc goes on',
  media: ['cd-rw', 'dvd-rw', 'dvd+rw', 'dvd-ram', 'bd-re'],
  run: async (ctx) => {
    await ctx.login()
    const place = await ctx.stand.plug(profileFor(ctx.medium))
    if (sparable.includes(ctx.medium)) await wornDisc(ctx, place, true)
    await wornDisc(ctx, place, false)
  },
})
