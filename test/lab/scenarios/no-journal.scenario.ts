import { bytes, eject, insert, profileFor, sumOf, unitProperty, untilMounted, where, write } from '../life.ts'
import { scenario } from '../scenario.ts'

const unit = 'pktw@sr0.service'

export default scenario({
  describe:
    'write.journal is off: what was written survives kill -9 of the engine all the same, and nothing is on the disk',
  media: ['dvd+rw'],
  run: async (ctx) => {
    await ctx.login()
    await ctx.must([
      'sh',
      '-c',
      'mkdir -p /etc/pktw && echo "write: { journal: false }" >/etc/pktw/pktw.yaml',
    ])
    await ctx.must(['pktw', 'install'], { timeoutMs: 180_000 })
    const place = await ctx.stand.plug(profileFor(ctx.medium))
    await insert(ctx, place, { kind: ctx.medium, udf: 'LAB' })
    const sums: string[] = []
    for (let n = 1; n <= 3; n++) {
      const name = `${where}/file${n}`
      // Written, but asked for by no flush: the page cache has it no more, the engine has.
      sums.push(await write(ctx, name, bytes(`no journal ${n}`, 400_000)))
      await ctx.must(['sync', '--file-system', where])
      const pid = await unitProperty(ctx, unit, 'MainPID')
      await ctx.must(['kill', '-9', pid])
      await ctx.waitFor(
        `engine ${n + 1} is up`,
        async () => {
          const now = await unitProperty(ctx, unit, 'MainPID')
          const active = (await unitProperty(ctx, unit, 'ActiveState')) === 'active'
          return active && now !== '0' && now !== pid
        },
        300_000,
      )
    }
    const kept = await ctx.must([
      'find',
      '/var/lib/pktw/discs/journal',
      '/run/pktw/journal',
      '-name',
      '*.journal',
    ])
    ctx.check('a journal in memory, none on the disk', !kept.stdout.includes('/var/lib'), kept.stdout)
    await eject(ctx, place)
    place.drive.closeTray()
    await untilMounted(ctx)
    for (const [i, sum] of sums.entries()) {
      const found = await sumOf(ctx, `${where}/file${i + 1}`)
      ctx.check(`file ${i + 1}: the same bytes`, found === sum, found)
    }
    await ctx.must(['rm', '/etc/pktw/pktw.yaml'])
    await ctx.must(['pktw', 'install'], { timeoutMs: 180_000 })
  },
})
