import { insert, where } from '../life.ts'
import { scenario } from '../scenario.ts'

export default scenario({
  describe:
    'a CD-RW or DVD-RW in a drive that also writes DVD-RAM is never mounted read-write from the drive itself',
  media: ['cd-rw', 'dvd-rw'],
  run: async (ctx) => {
    await ctx.login()
    const place = await ctx.stand.plug('supermulti')
    await insert(ctx, place, { kind: ctx.medium, udf: 'LAB' })
    const hint = await ctx.must([
      ...['busctl', 'get-property', 'org.freedesktop.UDisks2', '/org/freedesktop/UDisks2/block_devices/sr0'],
      ...['org.freedesktop.UDisks2.Block', 'HintIgnore'],
    ])
    ctx.check('udisks is told to leave the drive alone', hint.stdout.trim() === 'b true', hint.stdout)
    await ctx.must(['mkdir', '-p', '/mnt/raw'])
    const tried = await ctx.guest.exec(['mount', '-t', 'udf', '-o', 'rw', '/dev/sr0', '/mnt/raw'])
    ctx.check(
      'mount says busy',
      tried.code !== 0 && /busy|already mounted|can't open/i.test(tried.stderr),
      tried.stderr,
    )
    const table = (
      await ctx.must(['findmnt', '--list', '--noheadings', '--types=udf', '--output=SOURCE,TARGET'])
    ).stdout
    ctx.check('only the packet device is mounted', !table.includes('/dev/sr') && table.includes(where), table)
  },
})
