import { insert, mountedAt, profileFor } from '../life.ts'
import type { Context } from '../scenario.ts'
import { scenario } from '../scenario.ts'

/** Every file, link and directory that is not volatile, with mode, owner and contents. */
const tree = async (ctx: Context): Promise<string[]> => {
  const script =
    'cd / && find etc usr var media home opt root srv boot -xdev -path var/log -prune -o -path var/cache -prune -o -path var/tmp -prune ' +
    '-o -path "var/lib/systemd/*" -prune -o -path opt/pktw-lab -prune -o -path var/lib/private -prune -o -path etc/fstab -o ' +
    '\\( -type f -newer /run/lab-stamp -printf "%p %m %u %g %s changed\\n" -o -printf "%p %m %u %g %y %l\\n" \\) | sort; ' +
    'stat --format="%n %a %U %G" /etc/fstab; sha256sum /etc/fstab /etc/passwd /etc/group'
  return (await ctx.must(['sh', '-c', script], { timeoutMs: 180_000 })).stdout.split('\n')
}

const node = ['node', '/opt/pktw-lab/dist/pktw.mjs']

export default scenario({
  describe: 'install, use, uninstall: the file tree is what it was, fstab to the byte',
  product: false,
  run: async (ctx) => {
    await ctx.must([
      'sh',
      '-c',
      'printf "# a comment\\r\\n/dev/null /mnt/x auto noauto 0 0" >> /etc/fstab; sleep 1; touch /run/lab-stamp',
    ])
    const before = await tree(ctx)
    for (const style of ['systemd', 'fstab']) {
      const installed = await ctx.must([...node, 'install', '--mount', style], { timeoutMs: 180_000 })
      ctx.check(
        `${style}: it says what it did`,
        installed.stdout.includes('61-pktw.rules'),
        installed.stdout.slice(-200),
      )
      const again = await ctx.must([...node, 'install', '--mount', style], { timeoutMs: 180_000 })
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
      const after = await tree(ctx)
      const gone = before.filter((l) => !after.includes(l))
      const come = after.filter((l) => !before.includes(l))
      ctx.check(`${style}: the same tree`, gone.length + come.length === 0, {
        gone: gone.slice(0, 5),
        come: come.slice(0, 5),
      })
      const run = await ctx.guest.exec(['ls', '-A', '/run/pktw', '/run/systemd/system'])
      ctx.check(`${style}: nothing of it in /run`, !/pktw|media-cdvdrw/.test(run.stdout), run.stdout)
      await ctx.stand.clear()
    }
  },
})
