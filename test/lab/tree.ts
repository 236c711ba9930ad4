// The files of the guest before and after, for what must leave nothing behind.
import type { Context } from './scenario.ts'

/** Whose contents change with every boot, and the lab's own. */
const never = ['var/log', 'var/cache', 'var/tmp', 'var/lib/systemd/*', 'opt/pktw-lab', 'etc/fstab']

/** From now on a file whose contents were touched shows. The clock of a file system is coarse: hence the second. */
export const plantStamp = async (ctx: Context): Promise<void> => {
  await ctx.must(['sh', '-c', 'sleep 1; touch /run/lab-stamp'])
}

/** Every file, link and directory that outlives a boot, with mode, owner and, since the stamp, whether it changed. `besides`: not these. */
export async function treeOf(ctx: Context, besides: readonly string[] = []): Promise<string[]> {
  const pruned = [...never, ...besides].map((at) => `-path '${at}' -prune -o`).join(' ')
  const script =
    `cd / && find etc usr var media home opt root srv boot -xdev ${pruned} ` +
    '\\( -type f -newer /run/lab-stamp -printf "%p %m %u %g %s changed\\n" -o -printf "%p %m %u %g %y %l\\n" \\) | sort; ' +
    'stat --format="%n %a %U %G" /etc/fstab; sha256sum /etc/fstab /etc/passwd /etc/group'
  return (await ctx.must(['sh', '-c', script], { timeoutMs: 180_000 })).stdout.split('\n')
}

/** Checks that both are the same. */
export function compare(
  ctx: Context,
  what: string,
  before: readonly string[],
  after: readonly string[],
): void {
  const was = new Set(before)
  const is = new Set(after)
  const gone = before.filter((line) => !is.has(line))
  const come = after.filter((line) => !was.has(line))
  ctx.check(what, gone.length + come.length === 0, { gone: gone.slice(0, 5), come: come.slice(0, 5) })
}
