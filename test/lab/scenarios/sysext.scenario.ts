import { readFile } from 'node:fs/promises'
import { checkout } from '../boot.ts'
import { bytes, eject, insert, mountedAt, profileFor, sumOf, untilMounted, where, write } from '../life.ts'
import { makePackage } from '../product.ts'
import { scenario } from '../scenario.ts'
import { checkNoTraces } from '../traces.ts'

const images = { sysext: '/var/lib/extensions/pktw.raw', confext: '/var/lib/confexts/pktw.raw' }

/** What docs/packaging.md says to do where one does not want to boot: with a configuration extension /etc cannot be written. */
const between = [
  ['systemd-sysusers'],
  ['systemd-tmpfiles', '--create', '/usr/lib/tmpfiles.d/pktw.conf'],
  ['systemctl', 'restart', 'systemd-modules-load.service'],
  ['systemctl', 'reload', 'dbus.service'],
]

export default scenario({
  describe: 'a system and a configuration extension, merged by systemd: a disc works; taken out again',
  suites: ['sid'],
  boot: 'own',
  product: false,
  run: async (ctx) => {
    const merge = async (format: keyof typeof images): Promise<void> => {
      const image = images[format]
      const made = await makePackage(checkout, format, '--os-id', 'debian')
      await ctx.guest.push(image, await readFile(made))
      await ctx.must([`systemd-${format}`, 'refresh'], { timeoutMs: 120_000 })
      const said = (await ctx.must([`systemd-${format}`, 'status', '--json=short'])).stdout
      ctx.check(`${format}: systemd has merged it`, said.includes('"pktw"'), said)
    }
    await merge('sysext')
    for (const argv of between) await ctx.must(argv)
    await merge('confext')
    await ctx.must(['udevadm', 'control', '--reload'])
    const written = await ctx.guest.exec(['touch', '/usr/lib/pktw/written'])
    ctx.check('nothing below /usr can be written', written.code !== 0, written.stderr)
    const unit = (await ctx.must(['systemctl', 'show', '--property=FragmentPath', 'pktw@sr0.service'])).stdout
    ctx.check('systemd knows the units', unit.includes('/usr/lib/systemd/system/pktw@.service'), unit)
    const mask = (await ctx.must(['readlink', '/etc/udev/rules.d/80-pktsetup.rules'])).stdout.trim()
    ctx.check('the rule of udftools is masked', mask === '/dev/null', mask)

    const served = await ctx.guest.exec(['busctl', 'introspect', 'org.pktw.Pktw1', '/org/pktw/Pktw1'])
    ctx.check('the bus starts pktwd', served.stdout.includes('org.pktw.Pktw1.Manager'), served.stderr)

    await ctx.login()
    const place = await ctx.stand.plug(profileFor(ctx.medium))
    await insert(ctx, place, { kind: ctx.medium, udf: 'LAB' })
    const sum = await write(ctx, `${where}/letter`, bytes('letter', 300_000))
    await eject(ctx, place)
    place.drive.closeTray()
    await untilMounted(ctx)
    ctx.check('out and in again: the same bytes', (await sumOf(ctx, `${where}/letter`)) === sum, sum)
    await eject(ctx, place)
    ctx.check('the button unmounts', (await mountedAt(ctx)) === undefined, await mountedAt(ctx))
    place.drive.removeDisc()
    await ctx.stand.clear()

    for (const [format, image] of Object.entries(images)) {
      await ctx.must(['rm', image])
      await ctx.must([`systemd-${format}`, 'refresh'], { timeoutMs: 120_000 })
    }
    await ctx.must(['udevadm', 'control', '--reload'])
    // No script is run for an extension: a boot would take these.
    await ctx.must(['systemctl', 'stop', 'system-pktw*.slice'])
    await ctx.must(['sh', '-c', 'rm -r /run/pktw /run/systemd/system/media-cdvdrw*.mount.d'])
    await ctx.must(['systemctl', 'daemon-reload'])
    await ctx.must(['rmdir', '/media/cdvdrw', '/media/cdvdrw1'])
    // In its own view of the mounts the extension stays until it ends, which it does a minute after the last call.
    await ctx.waitFor(
      'pktwd has ended',
      async () => (await ctx.guest.exec(['systemctl', 'is-active', 'pktwd.service'])).code !== 0,
      90_000,
    )
    await checkNoTraces(ctx, 'taken out')
  },
})
