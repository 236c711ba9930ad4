import { makeDisc } from '../discs.ts'
import { mountedAt, profileFor, untilMounted } from '../life.ts'
import { built } from '../product.ts'
import { scenario } from '../scenario.ts'

export default scenario({
  describe: 'a disc that an automounter had mounted before the installation is taken over',
  product: false,
  media: ['dvd+rw'],
  run: async (ctx) => {
    const place = await ctx.stand.plug(profileFor(ctx.medium))
    place.drive.insert(await makeDisc({ kind: ctx.medium, udf: 'LAB' }))
    const mount = async () => {
      const ran = await ctx.guest.exec(['udisksctl', 'mount', '--no-user-interaction', '-b', '/dev/sr0'])
      return ran.code === 0 ? ran.stdout : undefined
    }
    const where = await ctx.waitFor('udisks mounts the drive', mount, 60_000)
    ctx.check('mounted by udisks', /Mounted \/dev\/sr0/.test(where), where)
    await ctx.must([...built, 'install'], { timeoutMs: 180_000 })
    await untilMounted(ctx)
    const table = (
      await ctx.must(['findmnt', '--list', '--noheadings', '--types=udf', '--output=SOURCE,TARGET'])
    ).stdout
    ctx.check('only ours is left', !table.includes('/dev/sr'), table)
    await ctx.must(['pktw', 'uninstall'], { timeoutMs: 240_000 })
    ctx.check('and gone', (await mountedAt(ctx)) === undefined, 'no mount')
  },
})
