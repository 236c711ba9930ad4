import { loadProfile } from '../../drive/profile.ts'
import { bytes, eject, insert, mountedAt, sumOf, untilMounted, where, write } from '../life.ts'
import { scenario } from '../scenario.ts'

export default scenario({
  describe: 'two drives at once: each disc at its own mount point, one let go of while the other stays',
  run: async (ctx) => {
    await ctx.login()
    const first = await ctx.stand.plug('supermulti')
    const second = await ctx.stand.plug('bd')
    ctx.check('two models', loadProfile('bd').serial !== first.drive.profile.serial, second.name)
    await insert(ctx, first, { kind: 'cd-rw', udf: 'ONE' })
    await insert(ctx, second, { kind: 'bd-re', udf: 'TWO' }, `${where}1`)
    const one = await write(ctx, `${where}/one`, bytes('one', 300_000))
    const two = await write(ctx, `${where}1/two`, bytes('two', 300_000))
    const links = (await ctx.must(['ls', '/dev/pktw', '/dev/pktcdvd'])).stdout
    ctx.check('links for both', /sr0/.test(links) && /sr1/.test(links) && /pktcdvd1/.test(links), links)
    await eject(ctx, first)
    ctx.check(
      'the second stays',
      (await sumOf(ctx, `${where}1/two`)) === two,
      await mountedAt(ctx, `${where}1`),
    )
    first.drive.closeTray()
    await untilMounted(ctx)
    ctx.check('the first is back where it was', (await sumOf(ctx, `${where}/one`)) === one, one)
  },
})
