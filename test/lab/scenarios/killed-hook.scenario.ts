import { makeDisc } from '../discs.ts'
import { mountedAt, noDevice, profileFor, unitProperty, untilLetGo, untilMounted } from '../life.ts'
import { scenario } from '../scenario.ts'

const unit = 'pktw@sr0.service'
const patience = 300_000

export default scenario({
  describe: 'the hook that attaches is killed: the unit ends cleanly, and works when it is started again',
  media: ['dvd+rw'],
  run: async (ctx) => {
    await ctx.login()
    const place = await ctx.stand.plug(profileFor(ctx.medium))
    place.drive.insert(await makeDisc({ kind: ctx.medium, udf: 'LAB' }))
    // The kernel has a connection: the hook is half way.
    const hook = await ctx.waitFor(
      'attach has attached',
      async () => {
        const found = await ctx.guest.exec([
          'sh',
          '-c',
          'ls /sys/block/nbd*/pid >&2 && pgrep -f "[p]ktw-hook.mjs attach"',
        ])
        return found.code === 0 ? found.stdout.trim().split('\n')[0] || undefined : undefined
      },
      patience,
    )
    await ctx.must(['kill', '-9', hook])
    await untilLetGo(ctx)
    ctx.check('nothing is mounted', (await mountedAt(ctx)) === undefined, await mountedAt(ctx))
    await noDevice(ctx, 'attach killed')
    const state = await unitProperty(ctx, unit, 'ActiveState')
    ctx.check('the unit failed, and is not started again by itself', state === 'failed', state)
    await ctx.must(['systemctl', 'start', unit], { timeoutMs: patience })
    await untilMounted(ctx)
    ctx.check('started by hand: mounted', true, await mountedAt(ctx))
  },
})
