import { eject, insert, noKernelErrors, now, sumOf, untilMounted, wearOf, where } from '../life.ts'
import { scenario } from '../scenario.ts'

const megabytes = 20

export default scenario({
  describe: 'two drives are written at once, then both buttons: each disc has its own bytes',
  run: async (ctx) => {
    await ctx.login()
    const first = await ctx.stand.plug('supermulti')
    const second = await ctx.stand.plug('bd')
    const discs = [
      await insert(ctx, first, { kind: 'cd-rw', udf: 'ONE' }),
      await insert(ctx, second, { kind: 'bd-re', udf: 'TWO' }, `${where}1`),
    ]
    const since = await now(ctx)
    const jobs = [
      { name: 'one', target: `${where}/one`, place: first, at: where },
      { name: 'two', target: `${where}1/two`, place: second, at: `${where}1` },
    ]
    for (const { name } of jobs) {
      await ctx.alice(['sh', '-c', `head -c ${megabytes}000000 /dev/urandom >/home/alice/${name}`])
    }
    const sums = [await sumOf(ctx, '/home/alice/one'), await sumOf(ctx, '/home/alice/two')]
    const began = performance.now()
    await Promise.all(
      jobs.map(({ name, target }) =>
        ctx.alice(['cp', `/home/alice/${name}`, target], { timeoutMs: 600_000 }),
      ),
    )
    ctx.time(`twice ${megabytes} MB taken`, performance.now() - began)
    // The second one while the first is still being written.
    const pressed = performance.now()
    await Promise.all(jobs.map(({ place }) => eject(ctx, place)))
    ctx.time('both buttons to both trays', performance.now() - pressed)
    for (const [i, disc] of discs.entries()) {
      const { written, different } = wearOf(disc)
      ctx.check(`disc ${i + 1}: each packet about once`, written / different < 1.3, { written, different })
    }
    for (const [i, { place, at, target }] of jobs.entries()) {
      place.drive.closeTray()
      await untilMounted(ctx, at)
      const sum = await sumOf(ctx, target)
      ctx.check(`disc ${i + 1}: the same bytes`, sum === sums[i], sum)
    }
    await noKernelErrors(ctx, since, 'both')
  },
})
