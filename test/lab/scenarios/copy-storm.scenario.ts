import { login } from '../desktop.ts'
import {
  eject,
  insert,
  mountedAt,
  noKernelErrors,
  now,
  profileFor,
  sumOf,
  unitProperty,
  untilMounted,
  where,
} from '../life.ts'
import { type Context, scenario } from '../scenario.ts'

const unit = 'pktw@sr0.service'
const megabytes = 100

/** The session of a user, as logind names it. */
async function sessionOf(ctx: Context, user: string): Promise<string | undefined> {
  const { stdout } = await ctx.must(['loginctl', 'list-sessions', '--no-legend'])
  const line = stdout.split('\n').find((l) => l.includes(user) && l.includes('seat0'))
  return line?.trim().split(/\s+/)[0]
}

export default scenario({
  describe: 'users switch at the seat again and again while a copy runs: one mount, the same bytes',
  media: ['dvd+rw'],
  run: async (ctx) => {
    await ctx.login()
    await ctx.must(['sh', '-c', 'id bob 2>/dev/null || useradd --create-home --uid 1001 bob'])
    const place = await ctx.stand.plug(profileFor(ctx.medium))
    await insert(ctx, place, { kind: ctx.medium, udf: 'LAB' })
    const alice = await ctx.waitFor('alice has a session', () => sessionOf(ctx, 'alice'), 60_000)
    const { logout } = await login(ctx.guest, 'bob', { name: 'seat0', terminal: 2 })
    try {
      const bob = await ctx.waitFor('bob has a session', () => sessionOf(ctx, 'bob'), 60_000)
      await ctx.must(['loginctl', 'activate', alice])
      const active = async () =>
        (
          await ctx.must(['loginctl', 'show-seat', 'seat0', '--property=ActiveSession', '--value'])
        ).stdout.trim()
      await ctx.waitFor('alice is at the seat', async () => (await active()) === alice, 60_000)
      const hers = async () => /uid=1000/.test((await mountedAt(ctx)) ?? '')
      await ctx.waitFor('the disc is hers', hers, 180_000)

      await ctx.alice(['mkdir', '-p', '/home/alice/copy'])
      const make = `cd /home/alice/copy; for i in 1 2 3 4; do head -c ${megabytes / 4}000000 /dev/urandom >$i; done`
      await ctx.alice(['sh', '-ec', make], { timeoutMs: 120_000 })
      const wanted = (await ctx.must(['sh', '-c', 'cd /home/alice/copy && sha256sum 1 2 3 4'])).stdout
      const before = await unitProperty(ctx, unit, 'InvocationID')
      const since = await now(ctx)

      let copying = true
      const began = performance.now()
      // What cp leaves in the page cache goes to the disc while the seat changes hands as well.
      const command = `cp -r /home/alice/copy ${where} && sync -f ${where}`
      const copy = ctx.alice(['sh', '-ec', command], { timeoutMs: 900_000 }).finally(() => {
        copying = false
      })
      // An error is told where it is awaited.
      copy.catch(() => undefined)
      let switches = 0
      let acls = 0
      const counts: number[] = []
      for (let round = 0; copying; round++) {
        const [session, user] = round % 2 === 0 ? [bob, 'bob'] : [alice, 'alice']
        await ctx.must(['loginctl', 'activate', session])
        if ((await active()) === session) switches++
        await ctx.must([
          'udevadm',
          'trigger',
          '--action=change',
          '/sys/class/block/sr0',
          '/sys/class/block/nbd0',
        ])
        await ctx.must(['udevadm', 'trigger', '--action=change', '--subsystem-match=block'])
        const { stdout } = await ctx.must(['getfacl', '--absolute-names', '/dev/pktw/sr0'])
        if (stdout.includes(`user:${user}:rw`)) acls++
        const mounts = await ctx.must(['findmnt', '--list', '--noheadings', '--types=udf', '--output=TARGET'])
        // The copy over, nobody uses the disc any more, and it goes to who is at the seat.
        if (copying) counts.push(mounts.stdout.trim().split('\n').filter(Boolean).length)
      }
      await copy
      ctx.time(`${megabytes} MB copied`, performance.now() - began)
      ctx.check('the seat changed hands', switches >= 6, switches)
      ctx.check(
        'the packet device was given to who came to the seat',
        acls >= 3,
        `seen ${acls} times at once`,
      )
      ctx.check(
        'mounted exactly once all the time',
        counts.length >= 6 && counts.every((n) => n === 1),
        counts.join(' '),
      )
      await ctx.must(['loginctl', 'activate', alice])
      await ctx.must(['udevadm', 'settle', '--timeout=180'], { timeoutMs: 200_000 })
      ctx.check(
        'still the same run of the unit',
        (await unitProperty(ctx, unit, 'InvocationID')) === before,
        before,
      )
      const restarts = await unitProperty(ctx, unit, 'NRestarts')
      ctx.check('never restarted', restarts === '0', restarts)

      await eject(ctx, place)
      place.drive.closeTray()
      await untilMounted(ctx)
      const sums: string[] = []
      for (const name of [1, 2, 3, 4]) sums.push(`${await sumOf(ctx, `${where}/copy/${name}`)}  ${name}\n`)
      ctx.check('the same bytes', sums.join('') === wanted, sums.join(''))
      await noKernelErrors(ctx, since, 'storm')
    } finally {
      await logout()
    }
  },
})
