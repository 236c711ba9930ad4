import { atSeat } from '../desktop.ts'
import { bytes, insert, mountedAt, profileFor, untilMounted, where, write } from '../life.ts'
import { scenario } from '../scenario.ts'

export default scenario({
  describe:
    'the user at the seat needs no password: unmount, mount, eject; the disc follows whoever is at the seat',
  run: async (ctx) => {
    const place = await ctx.stand.plug(profileFor(ctx.medium))
    await insert(ctx, place, { kind: ctx.medium, udf: 'LAB' })
    ctx.check(
      'nobody at the seat: for the group',
      /gid=/.test((await mountedAt(ctx)) ?? ''),
      await mountedAt(ctx),
    )
    await ctx.login()
    const hers = async () => /uid=1000/.test((await mountedAt(ctx)) ?? '')
    await ctx.waitFor('alice comes to the seat: the disc is hers', hers, 120_000)
    await write(ctx, `${where}/hers`, bytes('hers', 1000))
    const asHer = ['runuser', '-l', 'alice', '-c']
    const refused = await ctx.guest.exec([...asHer, 'systemctl --no-ask-password stop media-cdvdrw.mount'])
    ctx.check('a session that is not at the seat may not', refused.code !== 0, refused.stderr)
    await ctx.must([
      'systemd-run',
      '--wait',
      '--collect',
      '-p',
      'User=nobody',
      'sh',
      '-c',
      `! touch ${where}/not-mine`,
    ])
    // From her session, through polkit: what the how-tos needed su for.
    const status = await atSeat(ctx.guest, 'pktw status --json')
    ctx.check('pktw status works for her', /"state": ?"ready"/.test(status.output), status.output)
    const hand = async (line: string, wanted = 0): Promise<string> => {
      const { code, output } = await atSeat(ctx.guest, line)
      ctx.check(`${line} ends with ${wanted}`, code === wanted, output)
      return output
    }
    const stats = await hand('pktw stats')
    ctx.check('the counters are told', /^packets_dirtied [1-9]/m.test(stats), stats)
    await hand('pktw umount')
    ctx.check('unmounted', (await mountedAt(ctx)) === undefined, await mountedAt(ctx))
    await hand('pktw mount')
    ctx.check('mounted again, hers', await hers(), await mountedAt(ctx))
    const busy = await hand(`cd ${where} && pktw umount`, 1)
    ctx.check('who is in the way is named', /stays mounted: \S+ \(process \d+\)/.test(busy), busy)
    await hand('pktw toggle')
    const off = await hand('pktw status')
    ctx.check('toggled off: neither mapped nor mounted', !/device|mounted/.test(off), off)
    await hand('pktw stats', 1)
    await hand('pktw toggle')
    await untilMounted(ctx)
    ctx.check('toggled on: mounted, hers', await hers(), await mountedAt(ctx))
    const ejected = await atSeat(ctx.guest, 'pktw eject sr0')
    ctx.check('pktw eject without a password', ejected.code === 0, ejected.output)
    await ctx.waitFor('the tray is out', async () => place.drive.trayOpen, 60_000)
    place.drive.closeTray()
    await untilMounted(ctx)
    ctx.check('in again: hers at once', await hers(), await mountedAt(ctx))
  },
})
