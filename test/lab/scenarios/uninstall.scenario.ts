import { insert, mountedAt, profileFor } from '../life.ts'
import { built } from '../product.ts'
import { scenario } from '../scenario.ts'
import { checkNoTraces } from '../traces.ts'
import { compare, plantStamp, treeOf } from '../tree.ts'

/** What systemd has of units with a state directory is its own. */
const left = ['var/lib/private']

export default scenario({
  describe: 'install, use, uninstall: the file tree is what it was, fstab to the byte',
  product: false,
  run: async (ctx) => {
    await ctx.must(['sh', '-c', 'printf "# a comment\\r\\n/dev/null /mnt/x auto noauto 0 0" >> /etc/fstab'])
    await plantStamp(ctx)
    const before = await treeOf(ctx, left)
    for (const style of ['systemd', 'fstab']) {
      const installed = await ctx.must([...built, 'install', '--mount', style], { timeoutMs: 180_000 })
      ctx.check(
        `${style}: it says what it did`,
        installed.stdout.includes('61-pktw.rules'),
        installed.stdout.slice(-200),
      )
      const again = await ctx.must([...built, 'install', '--mount', style], { timeoutMs: 180_000 })
      ctx.check(
        `${style}: a second time there is nothing to do`,
        /nothing to do/i.test(again.stdout),
        again.stdout.slice(-200),
      )
      const place = await ctx.stand.plug(profileFor(ctx.medium))
      await insert(ctx, place, { kind: ctx.medium, udf: 'LAB' })
      ctx.check(`${style}: a disc is mounted`, (await mountedAt(ctx)) !== undefined, await mountedAt(ctx))
      const removed = await ctx.must(['pktw', 'uninstall'], { timeoutMs: 240_000 })
      ctx.check(
        `${style}: uninstalled with a disc in`,
        (await mountedAt(ctx)) === undefined,
        removed.stdout.slice(-200),
      )
      compare(ctx, `${style}: the same tree`, before, await treeOf(ctx, left))
      await checkNoTraces(ctx, style)
      await ctx.stand.clear()
    }
  },
})
