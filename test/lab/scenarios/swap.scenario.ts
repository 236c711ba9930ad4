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
    const kept = await write(ctx, `${where}/old.txt`, bytes('old', 200_000))
    await makeDurable(ctx, `${where}/old.txt`)
    const fresh = await makeDisc({ kind: ctx.medium, udf: 'NEW' })
    const before = await unitProperty(ctx, 'pktw@sr0.service', 'InvocationID')
    const swapped = performance.now()
    place.drive.swap(fresh)
    const isMounted = async (label: string) => {
      const { stdout } = await ctx.guest.exec(['findmnt', '--noheadings', '--output=LABEL', where])
      return stdout.trim() === label || undefined
    }
    await ctx.waitFor('the new disc is mounted', () => isMounted('NEW'), 240_000)
    ctx.time('swap to mounted', performance.now() - swapped)
    await untilMounted(ctx)
    const after = await unitProperty(ctx, 'pktw@sr0.service', 'InvocationID')
    ctx.check('the unit was started anew', after !== before, { before, after })
    const names = (await ctx.must(['ls', where])).stdout.trim()
    ctx.check('nothing of the old disc is on the new one', !names.includes('old.txt'), names)
    const sum = await write(ctx, `${where}/new.txt`, bytes('new', 100_000))
    ctx.check('the new one takes writes', (await sumOf(ctx, `${where}/new.txt`)) === sum, sum)
    // On the medium or, with `flush: journal`, in the journal, which is written when the disc is back.
    place.drive.swap(old)
    await ctx.waitFor('the old disc is mounted again', () => isMounted('OLD'), 240_000)
    await untilMounted(ctx)
    ctx.check(
      'what had been fsynced is on the old one',
      (await sumOf(ctx, `${where}/old.txt`)) === kept,
      kept,
    )
  },
})
