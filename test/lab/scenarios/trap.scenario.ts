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
    // mount has several words for it, so the errno itself: what any other exclusive opener gets.
    const open =
      "const {O_RDONLY,O_EXCL,O_NONBLOCK}=fs.constants;fs.openSync('/dev/sr0',O_RDONLY|O_EXCL|O_NONBLOCK)"
    const exclusive = await ctx.guest.exec(['node', '-e', open])
    ctx.check(
      'an exclusive open gets EBUSY',
      exclusive.stderr.includes('EBUSY'),
      exclusive.stderr.slice(0, 200),
    )
    const table = (
      await ctx.must(['findmnt', '--list', '--noheadings', '--types=udf', '--output=SOURCE,TARGET'])
    ).stdout
    ctx.check('only the packet device is mounted', !table.includes('/dev/sr') && table.includes(where), table)
  },
})
