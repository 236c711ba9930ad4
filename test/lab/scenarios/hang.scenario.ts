import { makeDisc } from '../discs.ts'
import { profileFor, propertiesOf, untilMounted } from '../life.ts'
import { scenario } from '../scenario.ts'

export default scenario({
  describe: 'a drive that stops answering does not hold up udev; the disc is taken up once it answers',
  media: ['dvd+rw'],
  run: async (ctx) => {
    const place = await ctx.stand.plug(profileFor(ctx.medium))
    // READ FORMAT CAPACITIES: the probe asks it, neither the kernel nor cdrom_id does.
    place.drive.faults.failCommand(0x23, 'hang', 1)
    place.drive.insert(await makeDisc({ kind: ctx.medium, udf: 'LAB' }))
    const state = await ctx.waitFor(
      'udev has an answer',
      async () => (await propertiesOf(ctx, '/dev/sr0')).find((p) => p.startsWith('PKTW_STATE=')),
      120_000,
    )
    ctx.check('the probe gave up and said so', /PKTW_STATE=(timeout|busy|error)/.test(state), state)
    place.drive.unhang()
    await untilMounted(ctx)
    ctx.check(
      'the second look found it ready',
      true,
      (await propertiesOf(ctx, '/dev/sr0')).filter((p) => p.startsWith('PKTW_')),
    )
  },
})
