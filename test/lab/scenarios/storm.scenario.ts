import { insert, mountedAt, profileFor, unitProperty, untilMounted } from '../life.ts'
import { scenario } from '../scenario.ts'

const unit = 'pktw@sr0.service'

export default scenario({
  describe:
    'change events are no new discs: twenty of them change nothing; a unit stopped by hand stays stopped',
  run: async (ctx) => {
    const place = await ctx.stand.plug(profileFor(ctx.medium))
    await insert(ctx, place, { kind: ctx.medium, udf: 'LAB' })
    const before = await unitProperty(ctx, unit, 'InvocationID')
    for (let i = 0; i < 20; i++) {
      await ctx.must(['udevadm', 'trigger', '--action=change', `/sys/class/block/${place.name}`])
    }
    await ctx.must(['udevadm', 'settle', '--timeout=120'], { timeoutMs: 130_000 })
    ctx.check(
      'still the same run of the unit',
      (await unitProperty(ctx, unit, 'InvocationID')) === before,
      before,
    )
    ctx.check('still mounted', (await mountedAt(ctx)) !== undefined, await mountedAt(ctx))
    const mounts = (await ctx.must(['findmnt', '--list', '--noheadings', '--types=udf', '--output=TARGET']))
      .stdout
    ctx.check('mounted once', mounts.trim() === '/media/cdvdrw', mounts)

    await ctx.must(['systemctl', 'stop', unit], { timeoutMs: 120_000 })
    await ctx.must(['udevadm', 'trigger', '--action=change', '--settle', `/sys/class/block/${place.name}`])
    await ctx.must(['udevadm', 'settle', '--timeout=60'])
    const state = await unitProperty(ctx, unit, 'ActiveState')
    ctx.check('stopped by hand, not started by the next event of the same disc', state === 'inactive', state)
    await ctx.must(['pktw', 'map', 'sr0'], { timeoutMs: 180_000 })
    await untilMounted(ctx)
    ctx.check('pktw map takes it up again', true, await mountedAt(ctx))
  },
})
