import {
  bytes,
  eject,
  insertOnly,
  installWith,
  journalSince,
  mountedAt,
  noDevice,
  now,
  profileFor,
  sumOf,
  unitProperty,
  untilLetGo,
  where,
} from '../life.ts'
import type { Context } from '../scenario.ts'
import { scenario } from '../scenario.ts'
import { checkNoTraces } from '../traces.ts'

const automount = 'media-cdvdrw.automount'

/** Without a look at the path, which would count as use; and the automount itself is a mount there, too. */
const discAt = async (ctx: Context): Promise<boolean> => {
  const argv = ['findmnt', '--list', '--noheadings', '--types=udf', '--output=TARGET']
  return (await ctx.guest.exec(argv)).stdout.trim() === where
}

const untilWaiting = (ctx: Context): Promise<boolean> =>
  ctx.waitFor(
    'the automount waits',
    async () => (await unitProperty(ctx, automount, 'SubState')) === 'waiting',
    180_000,
  )

const stateOf = (ctx: Context, unit: string): Promise<string> => unitProperty(ctx, unit, 'ActiveState')

/** Looks as often as a shell can, also while that is refused. */
const looking = `while [ ! -e /run/lab-looked ]; do ls ${where} >/dev/null 2>&1; done`

export default scenario({
  describe:
    'mount.automount: mounted when somebody looks, unmounted when nobody does; the button while a loop looks; pktw.target',
  product: false,
  run: async (ctx) => {
    await ctx.login()
    for (const style of ['systemd', 'fstab']) {
      await installWith(ctx, `mount: { style: ${style}, automount: 20 }\n`)
      const empty = await ctx.guest.exec(['ls', where], { timeoutMs: 10_000 })
      ctx.check(`${style}: without a disc nobody waits`, empty.code === 0 && empty.stdout === '', empty)
      const place = await ctx.stand.plug(profileFor(ctx.medium))
      await insertOnly(place, { kind: ctx.medium, udf: 'LAB' })
      await untilWaiting(ctx)
      ctx.check(`${style}: not mounted yet`, !(await discAt(ctx)), await mountedAt(ctx))
      // A moment after the automount, which waits as soon as there is a block device.
      await ctx.waitFor(
        `${style}: pktw.target is reached`,
        async () => (await stateOf(ctx, 'pktw.target')) === 'active',
        60_000,
      )

      await ctx.alice(['ls', where], { timeoutMs: 120_000 })
      ctx.check(`${style}: mounted for who looked`, await discAt(ctx), await mountedAt(ctx))
      const book = bytes(style, 300_000)
      await ctx.alice(['tee', `${where}/book`], { stdin: book, timeoutMs: 120_000 })
      const sum = await sumOf(ctx, `${where}/book`)
      await ctx.waitFor('unmounted after 20 s without use', async () => !(await discAt(ctx)), 180_000)
      ctx.check(
        `${style}: the automount waits again`,
        (await unitProperty(ctx, automount, 'SubState')) === 'waiting',
        await unitProperty(ctx, automount, 'SubState'),
      )
      ctx.check(`${style}: looked at again, the same bytes`, (await sumOf(ctx, `${where}/book`)) === sum, sum)

      const reader = `exec 3<${where}/book; exec sleep infinity`
      await ctx.must(['systemd-run', '--unit=lab-reader', '--collect', 'sh', '-c', reader])
      const since = await now(ctx)
      place.drive.pressEject()
      await ctx.waitFor(
        'the journal says why the tray stays shut',
        async () => (await journalSince(ctx, since)).includes('stays shut'),
        180_000,
      )
      ctx.check(`${style}: in use it stays mounted`, await discAt(ctx), await mountedAt(ctx))
      await ctx.must(['systemctl', 'stop', 'lab-reader'])

      await ctx.must(['systemd-run', '--unit=lab-looker', '--collect', 'sh', '-c', looking])
      await eject(ctx, place)
      ctx.check(`${style}: the button opens the tray under a loop that looks`, place.drive.trayOpen, 'open')
      await untilLetGo(ctx)
      ctx.check(`${style}: nothing is mounted`, (await mountedAt(ctx)) === undefined, await mountedAt(ctx))
      for (const unit of [automount, 'pktw.target'])
        ctx.check(
          `${style}: ${unit} is gone with the disc`,
          (await stateOf(ctx, unit)) === 'inactive',
          await stateOf(ctx, unit),
        )
      await noDevice(ctx, style)

      place.drive.closeTray()
      await ctx.waitFor('the loop has it mounted', () => discAt(ctx), 120_000)
      await ctx.must(['touch', '/run/lab-looked'])
      await ctx.waitFor(
        'the loop has ended',
        async () => (await stateOf(ctx, 'lab-looker.service')) === 'inactive',
        60_000,
      )
      await ctx.must(['rm', '/run/lab-looked'])
      ctx.check(`${style}: in again, the same bytes`, (await sumOf(ctx, `${where}/book`)) === sum, sum)

      // The disc as well: the target alone stops at once, and the disc behind it.
      await ctx.must(['systemctl', 'stop', 'pktw.target', 'pktw@*.service'], { timeoutMs: 240_000 })
      ctx.check(
        `${style}: stopping the target gives the disc back`,
        (await stateOf(ctx, 'pktw@sr0.service')) === 'inactive' && (await mountedAt(ctx)) === undefined,
        await stateOf(ctx, 'pktw@sr0.service'),
      )
      await ctx.must(['pktw', 'map', 'sr0'], { timeoutMs: 180_000 })
      await untilWaiting(ctx)
      ctx.check(`${style}: mapped again, the same bytes`, (await sumOf(ctx, `${where}/book`)) === sum, sum)
      await ctx.must(['systemctl', 'stop', 'pktw.target'])
      await untilLetGo(ctx)
      ctx.check(
        `${style}: by the target alone as well`,
        (await mountedAt(ctx)) === undefined,
        await mountedAt(ctx),
      )

      await ctx.must(['pktw', 'map', 'sr0'], { timeoutMs: 180_000 })
      await untilWaiting(ctx)
      await ctx.must(['pktw', 'uninstall', '--yes'], { timeoutMs: 240_000 })
      await ctx.must(['rm', '-r', '/etc/pktw'])
      await checkNoTraces(ctx, style)
      await ctx.stand.clear()
    }
  },
})
