import { type DiscWish, makeDisc } from '../discs.ts'
import { mountedAt, profileFor, propertiesOf, unitProperty } from '../life.ts'
import type { Context } from '../scenario.ts'
import { scenario } from '../scenario.ts'

/** Discs that are none of our business, or not yet. */
const discs: [string, DiscWish][] = [
  ['a pressed CD with UDF', { kind: 'cd-rom', udf: 'PRESSED' }],
  ['an audio CD', { kind: 'audio-cd' }],
  ['a pressed DVD with UDF', { kind: 'dvd-rom', udf: 'PRESSED' }],
  ['a burnt DVD-R', { kind: 'dvd-r' }],
  ['a CD-RW burnt in a session', { kind: 'cd-rw', state: 'session' }],
  ['a blank CD-RW', { kind: 'cd-rw', state: 'blank' }],
]

/** Where the package has them. */
const rules = '/usr/lib/udev/rules.d/61-pktw.rules'

const idle = async (ctx: Context): Promise<void> => {
  await ctx.must(['udevadm', 'settle', '--timeout=60'], { timeoutMs: 70_000 })
}

export default scenario({
  describe: 'discs that are none of our business keep exactly the behaviour they had',
  product: true,
  run: async (ctx) => {
    const place = await ctx.stand.plug(profileFor(ctx.medium))
    for (const [name, wish] of discs) {
      const disc = await makeDisc(wish)
      place.drive.insert(disc)
      const has = async () => (await propertiesOf(ctx, '/dev/sr0')).includes('ID_CDROM_MEDIA=1')
      await ctx.waitFor(`udev sees ${name}`, has, 60_000)
      await idle(ctx)
      const withUs = await propertiesOf(ctx, '/dev/sr0')
      const state = await unitProperty(ctx, 'pktw@sr0.service', 'ActiveState')
      ctx.check(`${name}: no unit`, state === 'inactive', state)
      ctx.check(
        `${name}: udisks may have it`,
        !withUs.some((p) => p.startsWith('UDISKS_')),
        withUs.filter((p) => /PKTW|UDISKS/.test(p)),
      )

      await ctx.must(['mv', rules, '/root/61-pktw.rules'])
      await ctx.must(['udevadm', 'control', '--reload'])
      await ctx.must(['udevadm', 'trigger', '--action=change', '--settle', '/sys/class/block/sr0'])
      const without = await propertiesOf(ctx, '/dev/sr0')
      await ctx.must(['mv', '/root/61-pktw.rules', rules])
      await ctx.must(['udevadm', 'control', '--reload'])
      const bare = (all: string[]) =>
        all
          .filter((p) => !/^(PKTW_|TAGS=|CURRENT_TAGS=|DISK_MEDIA_CHANGE=)/.test(p))
          .sort()
          .join('\n')
      ctx.check(`${name}: the same properties as without pktw`, bare(withUs) === bare(without), 'compared')

      place.drive.pressEject()
      await ctx.waitFor(
        `${name}: the button opens the tray at once`,
        async () => place.drive.trayOpen,
        60_000,
      )
      place.drive.removeDisc()
      place.drive.closeTray()
      await ctx.waitFor('udev sees it go', async () => !(await has()), 60_000)
      ctx.check(`${name}: nothing was mounted by us`, (await mountedAt(ctx)) === undefined, 'no mount')
    }
  },
})
