import path from 'node:path'
import { eject, insert, mountedAt, profileFor, unitProperty, untilLetGo, untilMounted } from '../life.ts'
import { built, builtGen } from '../product.ts'
import { scenario } from '../scenario.ts'

export default scenario({
  describe:
    'other settings than the default: a mount point that needs escaping, styles none and udisks, real verifiers',
  product: false,
  run: async (ctx) => {
    const install = async (settings: string) => {
      await ctx.must(['mkdir', '-p', '/etc/pktw'])
      await ctx.must(['tee', '/etc/pktw/pktw.yaml'], { stdin: Buffer.from(settings) })
      await ctx.must([...built, 'install'], { timeoutMs: 180_000 })
    }
    // udevadm verify is in systemd ≥ 254; the others are everywhere.
    const verified = await ctx.guest.exec([...builtGen, 'check'], {
      timeoutMs: 180_000,
    })
    ctx.check('the verifiers of the system accept every artefact', verified.code === 0, {
      out: verified.stdout.slice(-600),
      err: verified.stderr.slice(-300),
    })
    // What only these suites' systemd can look at: files that are there are wrong, and are not installed.
    const refused = async (name: string, text: string, says: string) => {
      const file = `/etc/pktw/templates/${name}.hbs`
      await ctx.must(['mkdir', '-p', path.dirname(file)])
      await ctx.must(['tee', file], { stdin: Buffer.from(text) })
      const { code, stderr } = await ctx.guest.exec([...built, 'install'], { timeoutMs: 180_000 })
      await ctx.must(['rm', '-r', '/etc/pktw/templates'])
      ctx.check(
        `a template that makes no ${name}: refused, at its line`,
        code === 1 && stderr.includes(says),
        {
          code,
          stderr,
        },
      )
    }
    if (ctx.suite === 'sid') {
      const file = 'udev/61-pktw.rules'
      await refused(
        file,
        '# mine\nKERNL=="sr0"\n',
        `/etc/pktw/templates/${file}.hbs:2:1: error: udevadm verify: `,
      )
      const other = 'tmpfiles/pktw.conf'
      const at = `/etc/pktw/templates/${other}.hbs:2:1: error: systemd-tmpfiles: `
      await refused(other, '# mine\nqqq /run/pktw\n', at)
      const unchecked = /(udev-rules|units|tmpfiles|sysusers|bus-policy) not checked/.test(verified.stderr)
      ctx.check('udev, systemd and dbus-daemon looked at theirs', !unchecked, verified.stderr)
    }

    const place = await ctx.stand.plug(profileFor(ctx.medium))
    const there = '/media/packet-disc'

    await install(`mount: { where: ${there} }\n`)
    const disc = await insert(ctx, place, { kind: ctx.medium, udf: 'LAB' }, there)
    ctx.check(
      'where: a path with a dash',
      (await mountedAt(ctx, there)) !== undefined,
      'media-packet\\x2ddisc',
    )
    await eject(ctx, place)
    ctx.check('where: unmounted by the button', (await mountedAt(ctx, there)) === undefined, 'open')
    await untilLetGo(ctx)

    await install('mount: { style: none }\n')
    place.drive.closeTray()
    await ctx.waitFor(
      'the packet device is there',
      async () => (await ctx.guest.exec(['test', '-b', '/dev/pktw/sr0'])).code === 0,
      180_000,
    )
    await ctx.must(['udevadm', 'settle'])
    const mounts = await ctx.guest.exec(['findmnt', '--noheadings', '--source', '/dev/nbd0'])
    ctx.check('none: nobody mounts', mounts.stdout.trim() === '', mounts.stdout)
    await eject(ctx, place)
    await untilLetGo(ctx)

    await install('mount: { style: udisks }\n')
    place.drive.closeTray()
    const asked = async () =>
      (await ctx.guest.exec(['udisksctl', 'info', '--block-device', '/dev/pktw/sr0'])).stdout
    const info = await ctx.waitFor(
      'udisks knows the packet device as one to mount',
      async () => {
        const said = await asked()
        // Hidden until all of it is known.
        return /HintAuto:\s+true/.test(said) && /HintIgnore:\s+false/.test(said) ? said : undefined
      },
      180_000,
    )
    ctx.check(
      'udisks: not a device of the system',
      /HintSystem:\s+false/.test(info),
      info.match(/Hint\w+:.*/g),
    )
    const mounted = await ctx.must(['udisksctl', 'mount', '--block-device', '/dev/pktw/sr0'])
    const target = mounted.stdout.match(/ at (\S+?)\.?$/m)?.[1] ?? '/nowhere'
    const options = await untilMounted(ctx, target)
    ctx.check('udisks: mounted read-write, noatime', /noatime/.test(options), options)
    await ctx.must(['tee', `${target}/letter`], { stdin: Buffer.from('by udisks\n') })
    await eject(ctx, place)
    ctx.check('udisks: the button unmounts', (await mountedAt(ctx, target)) === undefined, target)
    ctx.check('the disc was written', disc.writes.size > 0, disc.writes.size)
    await untilLetGo(ctx)
    ctx.check(
      'no unit has failed',
      (await unitProperty(ctx, 'pktw@sr0.service', 'Result')) === 'success',
      await unitProperty(ctx, 'pktw@sr0.service', 'Result'),
    )
    await ctx.must(['pktw', 'uninstall'], { timeoutMs: 240_000 })
    // What the admin wrote is the admin's, and would be the next scenario's.
    await ctx.must(['rm', '-r', '/etc/pktw'])
  },
})
