import { makeDisc } from '../discs.ts'
import {
  bytes,
  insert,
  makeDurable,
  profileFor,
  sumOf,
  unitProperty,
  untilMounted,
  where,
  write,
} from '../life.ts'
import { scenario } from '../scenario.ts'

export default scenario({
  describe:
    'a quick swap, one event and no removal: the new disc is mounted, and nothing meant for the old one reaches it',
  media: ['dvd-ram', 'cd-rw'],
  run: async (ctx) => {
    await ctx.login()
    const place = await ctx.stand.plug(profileFor(ctx.medium))
    const old = await insert(ctx, place, { kind: ctx.medium, udf: 'OLD' })
    await write(ctx, `${where}/old.txt`, bytes('old', 200_000))
    await makeDurable(ctx, `${where}/old.txt`)
    const writesToOld = [...old.writes.values()].reduce((sum, n) => sum + n, 0)
    const fresh = await makeDisc({ kind: ctx.medium, udf: 'NEW' })
    const before = await unitProperty(ctx, 'pktw@sr0.service', 'InvocationID')
    const swapped = performance.now()
    place.drive.swap(fresh)
    const label = async () => {
      const { stdout } = await ctx.guest.exec(['findmnt', '--noheadings', '--output=LABEL', where])
      return stdout.trim() === 'NEW' || undefined
    }
    await ctx.waitFor('the new disc is mounted', label, 240_000)
    ctx.time('swap to mounted', performance.now() - swapped)
    await untilMounted(ctx)
    const after = await unitProperty(ctx, 'pktw@sr0.service', 'InvocationID')
    ctx.check('the unit was started anew', after !== before, { before, after })
    const names = (await ctx.must(['ls', where])).stdout.trim()
    ctx.check('nothing of the old disc is on the new one', !names.includes('old.txt'), names)
    ctx.check('the old disc was written before it went', writesToOld > 0, writesToOld)
    const sum = await write(ctx, `${where}/new.txt`, bytes('new', 100_000))
    ctx.check('the new one takes writes', (await sumOf(ctx, `${where}/new.txt`)) === sum, sum)
  },
})
