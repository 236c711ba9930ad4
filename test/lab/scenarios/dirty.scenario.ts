import { eject, insert, mountedAt, profileFor, sumOf, untilMounted, where } from '../life.ts'
import { scenario } from '../scenario.ts'

export default scenario({
  describe: 'the button with 20 MB not yet written: nothing is lost',
  media: ['cd-rw', 'dvd+rw'],
  run: async (ctx) => {
    await ctx.login()
    const place = await ctx.stand.plug(profileFor(ctx.medium))
    await insert(ctx, place, { kind: ctx.medium, udf: 'LAB' })
    await ctx.alice(['dd', 'if=/dev/urandom', 'of=/home/alice/dirty', 'bs=1M', 'count=20'])
    const wanted = await sumOf(ctx, '/home/alice/dirty')
    await ctx.alice(['cp', '/home/alice/dirty', `${where}/dirty`], { timeoutMs: 180_000 })
    const pressed = performance.now()
    await eject(ctx, place)
    ctx.time('button to tray, 20 MB', performance.now() - pressed)
    ctx.check('nothing is mounted', (await mountedAt(ctx)) === undefined, await mountedAt(ctx))
    place.drive.closeTray()
    await untilMounted(ctx)
    const sum = await sumOf(ctx, `${where}/dirty`)
    ctx.check('all 20 MB are on the disc', sum === wanted, sum)
  },
})
