import { loadProfile } from '../../drive/profile.ts'
import {
  bytes,
  eject,
  insert,
  installWith,
  journalSince,
  mountedAt,
  now,
  sumOf,
  untilLetGo,
  untilMounted,
  where,
  write,
} from '../life.ts'
import { providePktcdvd } from '../pktcdvd-module.ts'
import { scenario } from '../scenario.ts'

/** Where the driver as released writes to the wrong place and stops at larger requests, so a mended one: pktcdvd.patch. */
const supermulti = loadProfile('supermulti')
/** pktcdvd takes a DVD+RW only in drives that say a packet size for it, as BENQ's do. */
const withPacketSize = { ...supermulti, quirks: { ...supermulti.quirks, plusRwTrack: 'fixed' as const } }

export default scenario({
  describe:
    'backend pktcdvd on a kernel that has it: a warning, mounted through it, the button, the same bytes',
  suites: ['bookworm'],
  media: ['cd-rw', 'dvd-rw', 'dvd+rw'],
  // A module stays in its kernel.
  boot: 'own',
  product: false,
  run: async (ctx) => {
    await providePktcdvd(ctx)
    const said = await installWith(ctx, `media: { ${ctx.medium}: pktcdvd }\n`)
    ctx.check('install warns, and names the defect', /settings\.pktcdvd/.test(said), said.slice(0, 600))
    await ctx.login()
    const place = await ctx.stand.plug(withPacketSize)
    const { drive } = place
    const since = await now(ctx)
    const disc = await insert(ctx, place, { kind: ctx.medium, udf: 'LAB' })

    const source = (await ctx.must(['findmnt', '--noheadings', '--output=SOURCE,OPTIONS', where])).stdout
    ctx.check('mounted from pktcdvd0, rw, noatime', /pktcdvd0\s+rw\b.*noatime/.test(source), source.trim())
    const map = (await ctx.must(['cat', '/sys/class/pktcdvd/device_map'])).stdout
    const number = (await ctx.must(['cat', '/sys/class/block/sr0/dev'])).stdout.trim()
    ctx.check('device_map has the drive, once', map.trim().endsWith(` ${number}`), map)
    const kib = (await ctx.must(['cat', '/sys/block/pktcdvd0/queue/max_sectors_kb'])).stdout.trim()
    ctx.check('requests are held to one packet', kib === (ctx.medium === 'cd-rw' ? '64' : '32'), kib)
    const link = (await ctx.must(['readlink', '-f', '/dev/pktw/sr0'])).stdout.trim()
    ctx.check('our name leads to it', link === '/dev/pktcdvd/pktcdvd0', link)
    const warning = (await journalSince(ctx, since)).split('\n').find((l) => l.includes('pkt_start_write'))
    ctx.check('the journal names the defect', warning !== undefined, warning ?? 'nothing')

    const before = disc.writes.size
    const book = await write(ctx, `${where}/book`, bytes('book', 3_000_000))
    await write(ctx, `${where}/page`, bytes('page', 3000))
    await ctx.alice(['rm', `${where}/page`])
    await eject(ctx, place)
    await untilLetGo(ctx)
    ctx.check('unmounted', (await mountedAt(ctx)) === undefined, await mountedAt(ctx))
    const left = (await ctx.must(['cat', '/sys/class/pktcdvd/device_map'])).stdout
    ctx.check('unmapped', left.trim() === '', left)
    ctx.check('the disc was written', disc.writes.size > before, { before, now: disc.writes.size })

    // pkt_open_dev() leaves the drive's own queue at one packet a request, too little for cdrom_id's look at a DVD: only a drive that
    // is plugged in anew is seen to have a disc.
    await place.unplug()
    drive.closeTray()
    await place.plug()
    await untilMounted(ctx)
    ctx.check('the same bytes', (await sumOf(ctx, `${where}/book`)) === book, book)
    const names = (await ctx.alice(['ls', where])).stdout
    ctx.check('the deleted file is gone', !names.includes('page'), names)
    await eject(ctx, place)
    await untilLetGo(ctx)
    const oops = await ctx.guest.exec(['journalctl', '--dmesg', '--grep=BUG|Call Trace|hung task'])
    ctx.check('the kernel is well', oops.code !== 0, oops.stdout.slice(-1000))
    await ctx.must(['pktw', 'uninstall'], { timeoutMs: 240_000 })
  },
})
