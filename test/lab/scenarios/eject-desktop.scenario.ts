import { bytes, insertOnly, installWith, sumOf, untilLetGo, write } from '../life.ts'
import { scenario } from '../scenario.ts'
import { inSession, place, startSession, udfMounts, untilDesktopMounted } from '../session.ts'

/** ms to wait for what must not happen: the session looks every second. */
const quiet = 8_000

export default scenario({
  describe:
    "what the desktop unmounts is written and ejected; busy, pktw umount and other people's eject are not",
  suites: ['sid'],
  desktop: true,
  media: ['cd-rw', 'dvd+rw'],
  product: false,
  run: async (ctx) => {
    await installWith(ctx, 'mount: { style: udisks }\n')
    await ctx.login()
    await startSession(ctx)
    const stand = await ctx.stand.plug()
    const { drive } = stand
    const mountIt = async () => {
      await ctx.waitFor(
        'the desktop may mount it',
        async () =>
          (await inSession(ctx, 'udisksctl mount --no-user-interaction -b /dev/pktw/sr0')).code === 0,
        180_000,
      )
      await untilDesktopMounted(ctx)
    }
    const trayIsOut = () => ctx.waitFor('the tray is out', async () => drive.trayOpen, 180_000)

    await insertOnly(stand, { kind: ctx.medium, udf: 'LAB' })
    await mountIt()
    const wanted = await write(ctx, `${place}/dirty`, bytes('dirty', 4_000_000))

    // udisks' own eject, of the drive behind: refused by the kernel, which is told that the drive is held.
    const [object] = (await ctx.must(['busctl', 'tree', '--list', 'org.freedesktop.UDisks2'])).stdout
      .split('\n')
      .filter((line) => /\/drives\/.*DVDRAM/.test(line) && !line.includes('pktw_'))
    const call = `busctl call org.freedesktop.UDisks2 ${object} org.freedesktop.UDisks2.Drive Eject "a{sv}" 0`
    const raw = await inSession(ctx, call)
    ctx.check('Drive.Eject of the drive is refused', raw.code !== 0 && !drive.trayOpen, raw.output)
    const tool = await inSession(ctx, 'eject /dev/sr0')
    ctx.check('so is eject(1)', tool.code !== 0 && !drive.trayOpen, tool.output)

    const busy = await inSession(ctx, `cd ${place} && gio mount -u ${place}`)
    ctx.check('busy: gio says so', busy.code !== 0, busy.output)
    const plain = await inSession(ctx, `cd / && pktw umount; sleep ${quiet / 1000}; pktw status`)
    ctx.check(
      'pktw umount: the disc stays in',
      !drive.trayOpen && (await udfMounts(ctx)).length === 0,
      plain.output,
    )

    await mountIt()
    const pressed = performance.now()
    const unmounted = await inSession(ctx, `gio mount -u ${place}`)
    ctx.check('gio mount -u', unmounted.code === 0, unmounted.output)
    await trayIsOut()
    ctx.time('gio mount -u to tray', performance.now() - pressed)
    await untilLetGo(ctx)

    drive.closeTray()
    await mountIt()
    ctx.check('all is on the disc', (await sumOf(ctx, `${place}/dirty`)) === wanted, 'the file of before')
    const by = await inSession(ctx, 'udisksctl unmount --no-user-interaction -b /dev/pktw/sr0')
    ctx.check('udisksctl unmount', by.code === 0, by.output)
    await trayIsOut()
    await untilLetGo(ctx)

    // Who wants it otherwise.
    await installWith(ctx, 'mount: { style: udisks, eject: false }\n')
    await startSession(ctx)
    drive.closeTray()
    await mountIt()
    const kept = await inSession(
      ctx,
      `udisksctl unmount --no-user-interaction -b /dev/pktw/sr0; sleep ${quiet / 1000}`,
    )
    ctx.check('eject: false keeps it in', !drive.trayOpen && (await udfMounts(ctx)).length === 0, kept.output)
    await ctx.must(['pktw', 'uninstall'], { timeoutMs: 240_000 })
    await ctx.must(['rm', '-r', '/etc/pktw'])
  },
})
