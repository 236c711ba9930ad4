import { bytes, insert, profileFor, sumOf, untilMounted, where, write } from '../life.ts'
import { scenario } from '../scenario.ts'

export default scenario({
  describe: 'a disc that is in when the machine starts is mounted; a shutdown loses nothing',
  boot: 'own',
  run: async (ctx) => {
    await ctx.login()
    const place = await ctx.stand.plug(profileFor(ctx.medium))
    await insert(ctx, place, { kind: ctx.medium, udf: 'LAB' })
    const sum = await write(ctx, `${where}/kept`, bytes('kept', 2_000_000))
    await place.plugAtBoot()
    const began = performance.now()
    const up = ctx.guest.rebooted()
    // Whether the agent still gets to answer is a matter of luck.
    await ctx.guest.exec(['systemctl', '--no-block', 'reboot'], { timeoutMs: 5000 }).catch(() => undefined)
    await up
    ctx.time('reboot', performance.now() - began)
    await untilMounted(ctx)
    ctx.check(
      'mounted after the boot, what was not synced before it is there',
      (await sumOf(ctx, `${where}/kept`)) === sum,
      sum,
    )
  },
})
