import { bytes, eject, insert, mountedAt, profileFor, sumOf, untilMounted, where, write } from '../life.ts'
import { debInGuest, installNode, layoutOf } from '../product.ts'
import { scenario } from '../scenario.ts'
import { checkNoTraces } from '../traces.ts'
import { compare, plantStamp, treeOf } from '../tree.ts'

/** dpkg's and apt's own books; what they have of one package is in var/lib/dpkg/info, which is looked at. */
const books = ['available*', 'lock*', 'status*', 'triggers'].map((name) => `var/lib/dpkg/${name}`)
const besides = [...books, 'var/lib/apt']

const apt = (...argv: string[]): string[] => [
  'env',
  'DEBIAN_FRONTEND=noninteractive',
  'apt-get',
  '-y',
  ...argv,
]

export default scenario({
  describe: 'the .deb installed, a disc used, the .deb purged with the disc in: nothing is left',
  product: false,
  run: async (ctx) => {
    // Another scenario's settings are none of this one's.
    await ctx.must(['rm', '-rf', '/etc/pktw'])
    await ctx.must(installNode)
    await ctx.login()
    const place = await ctx.stand.plug(profileFor(ctx.medium))
    await plantStamp(ctx)
    const before = await treeOf(ctx, besides)

    const began = performance.now()
    await ctx.must(apt('install', debInGuest), { timeoutMs: 300_000 })
    ctx.time('installed', performance.now() - began)
    const audit = (await ctx.must(['dpkg', '--audit'])).stdout
    ctx.check('dpkg has nothing to mend', audit === '', audit)
    const installed = JSON.parse((await ctx.must(['pktw', 'status', '--json'])).stdout) as {
      installed: string
    }
    ctx.check('pktw knows that it is a package', installed.installed === 'package', installed)

    const asMade = ['pktw-gen', 'tree', '--check', '/', '--layout', layoutOf[ctx.suite]]
    const drift = (await ctx.guest.exec(asMade)).stdout.trim().split('\n')
    // The image has dpkg leave manuals out.
    const others = drift.filter((line) => !/^\/usr\/share\/man\/\S+: is not there$/.test(line))
    ctx.check('pktw-gen finds every file as it makes it', drift.length > 1 && others.length === 0, others)

    const served = await ctx.guest.exec(['busctl', 'introspect', 'org.pktw.Pktw1', '/org/pktw/Pktw1'])
    ctx.check('the bus starts pktwd', served.stdout.includes('org.pktw.Pktw1.Manager'), served.stderr)

    await insert(ctx, place, { kind: ctx.medium, udf: 'LAB' })
    const sum = await write(ctx, `${where}/letter`, bytes('letter', 300_000))
    await eject(ctx, place)
    ctx.check('the button unmounts', (await mountedAt(ctx)) === undefined, await mountedAt(ctx))
    place.drive.closeTray()
    await untilMounted(ctx)
    ctx.check('the same bytes', (await sumOf(ctx, `${where}/letter`)) === sum, sum)

    await ctx.must(['systemd-run', '--unit=lab-reader', 'sh', '-c', `exec sleep infinity <${where}/letter`])
    await ctx.waitFor(
      'somebody reads',
      async () => (await ctx.guest.exec(['fuser', '--mount', where])).code === 0,
      30_000,
    )
    const refused = await ctx.guest.exec(apt('remove', 'pktw'), { timeoutMs: 300_000 })
    ctx.check('not removed while somebody reads', refused.code !== 0, refused.stderr.slice(-300))
    ctx.check('still mounted then', (await mountedAt(ctx))?.startsWith('rw') === true, await mountedAt(ctx))
    await ctx.must(['systemctl', 'stop', 'lab-reader.service'])

    // In the cache still: it has to get onto the disc.
    const late = await write(ctx, `${where}/late`, bytes('late', 200_000))
    const purged = performance.now()
    await ctx.must(apt('purge', 'pktw'), { timeoutMs: 300_000 })
    ctx.time('purged', performance.now() - purged)
    const known = await ctx.guest.exec(['dpkg-query', '--show', 'pktw'])
    ctx.check('dpkg does not know it', known.code !== 0, known.stdout)
    compare(ctx, 'the same files', before, await treeOf(ctx, besides))
    await checkNoTraces(ctx, 'purged')

    await ctx.must(['mount', '-t', 'udf', '-o', 'ro', '/dev/sr0', '/mnt'])
    ctx.check('what was written last is on the disc', (await sumOf(ctx, '/mnt/late')) === late, late)
    await ctx.must(['umount', '/mnt'])
    await eject(ctx, place)
    ctx.check('the button works as without pktw', place.drive.trayOpen, 'the tray is out')
  },
})
