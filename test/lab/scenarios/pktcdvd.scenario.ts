import { insertOnly, installWith, journalSince, mountedAt, now, unitProperty } from '../life.ts'
import { scenario } from '../scenario.ts'

/**
 * No kernel of Debian has pktcdvd (6.1 and 6.12 are built without, 7.2 has no such driver), so this is the refusal; the driver itself,
 * built for bookworm, is in pktcdvd-mended.
 */
export default scenario({
  describe:
    'backend pktcdvd on a kernel without it: a warning at install, a refusal at insertion that says what to do',
  media: ['cd-rw'],
  product: false,
  run: async (ctx) => {
    const loaded = await ctx.guest.exec(['modprobe', 'pktcdvd'])
    ctx.check(
      'this kernel has no pktcdvd, so the refusal is all that can be tried',
      loaded.code !== 0,
      loaded,
    )
    const said = await installWith(ctx, 'media: { cd-rw: pktcdvd }\n')
    ctx.check('install warns, and names the defect', /settings\.pktcdvd/.test(said), said.slice(0, 600))
    await ctx.login()
    const place = await ctx.stand.plug('supermulti')
    const since = await now(ctx)
    const disc = await insertOnly(place, { kind: ctx.medium, udf: 'LAB' })
    const line = await ctx.waitFor(
      'the journal says why not',
      async () =>
        (await journalSince(ctx, since)).split('\n').find((l) => l.includes('this kernel has none')),
      180_000,
    )
    ctx.check('and what to do', line.includes('Set the medium to engine'), line)
    await ctx.waitFor(
      'the unit is over',
      async () => (await unitProperty(ctx, 'pktw@sr0.service', 'ActiveState')) === 'failed',
      120_000,
    )
    const left = (await ctx.must(['sh', '-c', 'ls /run/pktw/held /run/pktw/map /run/pktw/slots'])).stdout
    ctx.check('nothing is held or mapped', !/^(sr|nbd|pktcdvd|\d)/m.test(left), left)
    ctx.check('nothing is mounted', (await mountedAt(ctx)) === undefined, await mountedAt(ctx))
    ctx.check('nothing was written', disc.writes.size === 0, disc.writes.size)
    await ctx.must(['pktw', 'uninstall'], { timeoutMs: 240_000 })
  },
})
