import { bytes, eject, insert, sumOf, untilMounted, where, write } from '../life.ts'
import { scenario } from '../scenario.ts'

/** Drives that answer what real ones were recorded to answer (test/drive/profiles), and the disc each is known for. */
const drives = { 'cd-rw': 'plds-du8aesh', 'dvd+rw': 'benq-dq60', 'dvd-rw': 'pioneer-dvr' } as const

export default scenario({
  describe: 'drives with recorded peculiarities: insert, write, button, the same bytes',
  media: ['cd-rw', 'dvd+rw', 'dvd-rw'],
  run: async (ctx) => {
    await ctx.login()
    const profile = drives[ctx.medium as keyof typeof drives]
    const place = await ctx.stand.plug(profile)
    await insert(ctx, place, { kind: ctx.medium, udf: 'LAB' })
    const sum = await write(ctx, `${where}/file`, bytes(profile, 500_000))
    await eject(ctx, place)
    place.drive.closeTray()
    await untilMounted(ctx)
    ctx.check(`${profile}: the same bytes`, (await sumOf(ctx, `${where}/file`)) === sum, sum)
  },
})
