import { atSeat } from '../desktop.ts'
import { bytes, insert, journalSince, now, statsOf, unitProperty, where, write } from '../life.ts'
import { type Context, scenario } from '../scenario.ts'

/** Locks of pktw, as logind tells them on the bus: what, who, why, mode. */
async function locks(ctx: Context): Promise<string[]> {
  const login1 = ['org.freedesktop.login1', '/org/freedesktop/login1', 'org.freedesktop.login1.Manager']
  const { stdout } = await ctx.must(['busctl', '--json=short', 'call', ...login1, 'ListInhibitors'])
  const all = (JSON.parse(stdout) as { data: [string[][]] }).data[0]
  return all.filter(([, who]) => who === 'pktw').map(([what, , why, mode]) => [what, why, mode].join(' | '))
}

export default scenario({
  describe:
    'while something is not on the disc the machine neither sleeps nor shuts down; a holder that is killed is replaced',
  media: ['cd-rw'],
  run: async (ctx) => {
    await ctx.login()
    const place = await ctx.stand.plug()
    await insert(ctx, place, { kind: ctx.medium, udf: 'LAB' })
    ctx.check('a clean disc holds nothing', (await locks(ctx)).length === 0, await locks(ctx))

    // Before write.after (30 s): more is written all the time.
    let n = 0
    const more = async () => {
      await write(ctx, `${where}/file${n++ % 3}`, bytes(`inhibit ${n}`, 2_000_000))
      await ctx.must(['sync', '--file-system', where], { timeoutMs: 120_000 })
    }
    const held = async (label: string) =>
      ctx.waitFor(
        label,
        async () => {
          await more()
          const seen = await locks(ctx)
          return seen.length > 0 && seen
        },
        180_000,
      )
    const [lock = ''] = await held('the lock is held')
    ctx.check(
      'it says what is being done',
      /^(shutdown:sleep|sleep:shutdown) \| writing \S+ [kM]B to LAB in sr0 \| block$/.test(lock),
      lock,
    )
    const refused = await atSeat(ctx.guest, 'systemctl suspend --check-inhibitors=yes')
    ctx.check(
      'her suspend is refused, and says why',
      refused.code !== 0 && /pktw/.test(refused.output),
      refused.output,
    )

    await more()
    const pid = await unitProperty(ctx, 'pktw-inhibit@sr0.service', 'MainPID')
    await ctx.must(['kill', '-9', pid])
    await ctx.waitFor(
      'the lock of the killed one is gone, or held by another',
      async () => {
        const next = await unitProperty(ctx, 'pktw-inhibit@sr0.service', 'MainPID')
        return next !== pid
      },
      60_000,
    )
    ctx.check(
      'held again after kill -9',
      (await held('the lock is held again')).length >= 1,
      await locks(ctx),
    )

    await ctx.must(['systemctl', 'kill', '--signal=KILL', '--kill-whom=all', 'pktw-inhibit@sr0.service'])
    ctx.check(
      'and after kill -9 of the child as well',
      (await held('the lock is held a third time')).length >= 1,
      await locks(ctx),
    )

    await ctx.waitFor(
      'given back when all is on the disc',
      async () => (await locks(ctx)).length === 0,
      240_000,
    )
    const stats = await statsOf(ctx)
    ctx.check('and it is on the disc', stats.packets_dirty === 0, stats)
    await ctx.waitFor(
      'nobody waits any more',
      async () => (await unitProperty(ctx, 'pktw-inhibit@sr0.service', 'ActiveState')) === 'inactive',
      60_000,
    )

    // Its way down is the machine's way up; the lab's machine cannot sleep itself.
    const since = await now(ctx)
    await ctx.must(['systemctl', 'start', 'pktw-sleep.service'], { timeoutMs: 180_000 })
    await ctx.waitFor(
      'after waking up the drive was looked at, and the disc goes on',
      async () => /sr0: the disc is served on/.test(await journalSince(ctx, since)),
      180_000,
    )
    ctx.check(
      'pktw@ goes on',
      (await unitProperty(ctx, 'pktw@sr0.service', 'ActiveState')) === 'active',
      'active',
    )
  },
})
