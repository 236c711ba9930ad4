import { makeDisc } from '../discs.ts'
import {
  bytes,
  eject,
  mountedAt,
  profileFor,
  sumOf,
  unitProperty,
  untilMounted,
  where,
  write,
} from '../life.ts'
import { type Context, scenario } from '../scenario.ts'

interface Told {
  phase?: string
  disc?: string
  mountedAt?: string
  error?: { code: string }
}

/** As alice would with sudo: the disc is to be hers. */
const sudo = ['env', 'SUDO_UID=1000', 'SUDO_GID=1000', 'pktw', 'prepare', 'sr0', '--json']

const prepare = async (
  ctx: Context,
  ...argv: string[]
): Promise<{ code: number; told: Told; said: string }> => {
  const { code, stdout, stderr } = await ctx.guest.exec([...sudo, ...argv], { timeoutMs: 600_000 })
  const told = stdout.trim().startsWith('{') ? (JSON.parse(stdout) as Told) : {}
  return { code, told, said: `${stdout}${stderr}`.slice(-600) }
}

const label = async (ctx: Context): Promise<string> =>
  (await ctx.must(['lsblk', '--nodeps', '--noheadings', '--output=LABEL', '/dev/pktw/sr0'])).stdout.trim()

/** How far it is, in the file that anybody may read. */
const phase = async (ctx: Context): Promise<string> =>
  (await ctx.guest.exec(['cat', '/run/pktw/prepare/sr0.json'])).stdout.match(/"phase":"([^"]+)"/)?.[1] ?? ''

export default scenario({
  describe:
    'a disc from the shop: pktw prepare, mounted, the user writes, button, in again; once more; cancelled',
  media: ['cd-rw', 'dvd-rw', 'dvd+rw', 'dvd-ram', 'bd-re'],
  run: async (ctx) => {
    await ctx.login()
    const place = await ctx.stand.plug(profileFor(ctx.medium))
    const { drive } = place
    const disc = await makeDisc({ kind: ctx.medium, state: 'blank' })
    drive.insert(disc)
    const seen = async () => (await ctx.must(['udevadm', 'info', '/dev/sr0'])).stdout.includes('PKTW_STATE=')
    await ctx.waitFor('udev has looked at the disc', seen, 120_000)
    ctx.check('unformatted: nothing is mounted', (await mountedAt(ctx)) === undefined, await mountedAt(ctx))

    drive.durations.format = 5000
    const before = performance.now()
    const first = await prepare(ctx, '--label', 'PAPERS')
    ctx.time('pktw prepare', performance.now() - before)
    ctx.check(
      'pktw prepare: done and mounted',
      first.code === 0 && first.told.mountedAt === where,
      first.said,
    )
    ctx.check('the disc was formatted once', disc.formats === 1, disc.formats)
    const options = await untilMounted(ctx)
    ctx.check('mounted read-write', options.startsWith('rw'), options)
    ctx.check('with its label', (await label(ctx)) === 'PAPERS', await label(ctx))
    const sum = await write(ctx, `${where}/letter`, bytes('letter', 200_000))

    const refused = await prepare(ctx, '--erase')
    const code = refused.said.match(/prepare\.[a-z-]+/)?.[0]
    ctx.check('a mounted disc is left alone', refused.code === 1 && code === 'prepare.mounted', refused.said)

    await eject(ctx, place)
    drive.closeTray()
    await untilMounted(ctx)
    ctx.check('in again: the file is there', (await sumOf(ctx, `${where}/letter`)) === sum, sum)

    await ctx.must(['pktw', 'umount', 'sr0'], { timeoutMs: 180_000 })
    const asked = await prepare(ctx)
    ctx.check(
      'nobody to ask: nothing is lost',
      asked.code === 1 && asked.said.includes('needs-erase'),
      asked.said,
    )
    const again = await prepare(ctx, '--erase', '--label', 'AGAIN')
    ctx.check('once more, without a format', again.code === 0 && disc.formats === 1, {
      formats: disc.formats,
      said: again.said,
    })
    await untilMounted(ctx)
    const names = (await ctx.must(['ls', where])).stdout
    ctx.check('empty, with the new label', !/letter/.test(names) && (await label(ctx)) === 'AGAIN', names)

    await ctx.must(['pktw', 'umount', 'sr0'], { timeoutMs: 180_000 })
    if (ctx.medium === 'dvd+rw') drive.durations.background = 3_600_000
    drive.durations.format = 3_600_000
    drive.durations.blank = 2000
    await prepare(ctx, '--erase', '--full', '--no-wait')
    const formatting = async () => /^(formatting|background)$/.test(await phase(ctx))
    await ctx.waitFor('it formats', formatting, 300_000)
    /** What the drive was asked since the last FORMAT UNIT. */
    const since = () =>
      drive.counters.log.slice(drive.counters.log.findLastIndex((e) => e.opcode === 0x04) + 1)
    await ctx.waitFor('some looks at how far it is', async () => since().length >= 12, 60_000)
    // TEST UNIT READY, REQUEST SENSE; READ DISC INFORMATION in the background, when anybody may ask.
    const others = since().filter((e) => ![0x00, 0x03, 0x51].includes(e.opcode))
    ctx.check('meanwhile neither the kernel nor udev asks the drive', others.length === 0, others)
    const stopped = await prepare(ctx, '--cancel')
    ctx.check('cancelled, and what the disc is', stopped.told.phase === 'cancelled', stopped.said)
    const left = await unitProperty(ctx, 'pktw-prepare@sr0.service', 'ActiveState')
    ctx.check('nothing of it runs any more, and it did not fail', left === 'inactive', left)
    drive.pullByForce()
  },
})
