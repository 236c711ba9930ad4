import { insertOnly, installWith, untilLetGo } from '../life.ts'
import { type Context, scenario } from '../scenario.ts'
import {
  callsOf,
  endRecording,
  inSession,
  isOnceHers,
  place,
  startRecording,
  startSession,
  udfMounts,
  untilDesktopMounted,
} from '../session.ts'
import type { Place } from '../stand.ts'

/** A disc that goes in with the automounter there is mounted once, from the packet device, and comes out by its own unmount. */
async function mountsOnce(ctx: Context, drive: Place, who: string, unmount: string): Promise<void> {
  const mounts = await untilDesktopMounted(ctx)
  ctx.check(`${who}: mounted once, read-write, noatime, hers`, isOnceHers(mounts), mounts)
  const wrote = await inSession(ctx, `echo written by ${who} >${place}/letter && cat ${place}/letter`)
  ctx.check(`${who}: she writes to it`, wrote.code === 0, wrote.output)
  const recording = await endRecording(ctx, `automounter-${who}`)
  const asked = callsOf(recording, 'Mount')
  ctx.check(`${who}: udisks was asked for the packet device only`, asked.join() === 'nbd0', asked)
  const gone = await inSession(ctx, unmount)
  ctx.check(`${who}: ${unmount}`, gone.code === 0, gone.output)
  await ctx.waitFor(`${who}: the tray is out`, async () => drive.drive.trayOpen, 180_000)
  await untilLetGo(ctx)
}

export default scenario({
  describe:
    'gvfs, udiskie and thunar-volman show one volume for a disc, mount it once from the packet device, and their unmount ejects it',
  suites: ['sid'],
  desktop: true,
  media: ['cd-rw'],
  product: false,
  run: async (ctx) => {
    await installWith(ctx, 'mount: { style: udisks }\n')
    await ctx.login()
    await startSession(ctx)
    const drive = await ctx.stand.plug()

    // gvfs: the volume monitor of GNOME, MATE, Cinnamon and Xfce. What mounts there is the shell, by should_automount.
    await inSession(ctx, 'gio mount -l')
    await startRecording(ctx)
    await insertOnly(drive, { kind: ctx.medium, udf: 'LAB' })
    const listed = await ctx.waitFor(
      'gvfs: a volume for the packet device',
      async () => {
        const { output } = await inSession(ctx, 'gio mount -l -i')
        return /unix-device: '\/dev\/nbd0'/.test(output) && /^ *Volume/m.test(output) && output
      },
      180_000,
    )
    const volumes = listed.match(/^ *Volume\(\d+\): .*/gm) ?? []
    ctx.check(
      'gvfs: one volume, by the name of the disc',
      volumes.length === 1 && /LAB$/.test(volumes[0] ?? ''),
      volumes,
    )
    ctx.check('gvfs: to be mounted by itself', /should_automount=1/.test(listed), listed.slice(-600))
    const mounted = await inSession(ctx, 'gio mount -d /dev/nbd0')
    ctx.check('gvfs: mounted without a password', mounted.code === 0, mounted.output)
    await mountsOnce(ctx, drive, 'gvfs', `gio mount -u ${place}`)

    await inSession(
      ctx,
      'systemd-run --user --unit=lab-udiskie --collect udiskie --automount --no-notify --no-tray',
    )
    await startRecording(ctx)
    drive.drive.closeTray()
    await mountsOnce(ctx, drive, 'udiskie', `udiskie-umount ${place}`)
    await inSession(ctx, 'systemctl --user stop lab-udiskie')

    // Thunar's daemon runs it for every device that udev tells of; it waits five seconds, then mounts.
    for (const kind of ['drives', 'media'])
      await inSession(
        ctx,
        `xvfb-run -a xfconf-query -c thunar-volman -p /automount-${kind}/enabled -n -t bool -s true`,
      )
    await startRecording(ctx)
    drive.drive.closeTray()
    await ctx.waitFor(
      'the packet device is there',
      async () => (await ctx.guest.exec(['test', '-b', '/dev/pktw/sr0'])).code === 0,
      180_000,
    )
    const sys = (device: string) => `$(realpath /sys/class/block/${device})`
    const both = ['sr0', 'nbd0'].map((d) => `xvfb-run -a timeout 60 thunar-volman --device-added=${sys(d)}`)
    const volman = await inSession(ctx, both.join('; '))
    ctx.check('thunar-volman ends well', volman.code === 0, volman.output)
    await mountsOnce(ctx, drive, 'thunar-volman', `gio mount -u ${place}`)

    const left = await udfMounts(ctx)
    ctx.check('nothing is left mounted', left.length === 0, left)
    await ctx.must(['pktw', 'uninstall'], { timeoutMs: 240_000 })
    await ctx.must(['rm', '-r', '/etc/pktw'])
  },
})
