import { bytes, eject, insert, profileFor, sumOf, unitProperty, untilMounted, where, write } from '../life.ts'
import { debInGuest, installNode } from '../product.ts'
import { scenario } from '../scenario.ts'
import { checkNoTraces } from '../traces.ts'

const settings = '/etc/pktw/pktw.yaml'
const gone = '/usr/lib/pktw/of-the-version-before'

/** A version before this one: other defaults in the settings file, another rule, a file that there no longer is. */
const remake = `
rm -rf /root/before; dpkg-deb --raw-extract ${debInGuest} /root/before; cd /root/before
sed -i 's/^Version: .*/Version: 0.0.1-1/' DEBIAN/control
echo '# of the version before' >>.${settings}
echo '# of the version before' >>usr/lib/udev/rules.d/61-pktw.rules
echo '# of the version before' >.${gone}
dpkg-deb --root-owner-group -Znone --build . /root/before.deb
rm -rf /root/before`

const dpkg = (file: string): string[] => [
  'sh',
  '-c',
  `exec dpkg --force-confold --install ${file} </dev/null`,
]

export default scenario({
  describe: 'a newer .deb over an older: the disc stays with its engine, settings that were changed stay',
  product: false,
  run: async (ctx) => {
    // Another scenario's settings are none of this one's.
    await ctx.must(['rm', '-rf', '/etc/pktw'])
    await ctx.must(installNode)
    await ctx.must(
      [
        'sh',
        '-ec',
        remake.replaceAll('usr/lib/udev', ctx.suite === 'bookworm' ? 'lib/udev' : 'usr/lib/udev'),
      ],
      {
        timeoutMs: 180_000,
      },
    )
    await ctx.must(dpkg('/root/before.deb'), { timeoutMs: 300_000 })
    const version = async () =>
      (await ctx.must(['dpkg-query', '--show', 'pktw'])).stdout.trim().split('\t')[1]
    const older = await version()
    await ctx.must(['sh', '-c', `echo '# of the administrator' >>${settings}`])
    const edited = await sumOf(ctx, settings)

    await ctx.login()
    const place = await ctx.stand.plug(profileFor(ctx.medium))
    await insert(ctx, place, { kind: ctx.medium, udf: 'LAB' })
    await ctx.must([
      'systemd-run',
      '--unit=lab-writer',
      'sh',
      '-c',
      `while sleep 1; do date; done >${where}/dates`,
    ])
    const engine = await unitProperty(ctx, 'pktw@sr0.service', 'MainPID')

    const began = performance.now()
    const said = await ctx.must(dpkg(debInGuest), { timeoutMs: 300_000 })
    ctx.time('upgraded', performance.now() - began)
    const newer = await version()
    ctx.check('another version is installed', older === '0.0.1-1' && newer !== older, [older, newer])
    ctx.check('the edited settings stay', (await sumOf(ctx, settings)) === edited, said.stdout.slice(-300))
    const beside = await ctx.guest.exec(['cat', `${settings}.dpkg-dist`])
    ctx.check(
      'the new ones are beside',
      beside.code === 0 && !beside.stdout.includes('of the version before'),
      beside,
    )
    const old = await ctx.guest.exec([
      'grep',
      '-rl',
      'of the version before',
      '/usr/lib/pktw',
      '/usr/lib/udev/rules.d',
    ])
    ctx.check('nothing of the older version is left', old.stdout === '', old.stdout)
    await ctx.must(['udevadm', 'settle'])
    const after = await unitProperty(ctx, 'pktw@sr0.service', 'MainPID')
    ctx.check('the engine is the same one', after === engine && engine !== '0', [engine, after])
    const writing = await unitProperty(ctx, 'lab-writer.service', 'ActiveState')
    ctx.check('a program that writes goes on', writing === 'active', writing)
    await ctx.must(['systemctl', 'stop', 'lab-writer.service'])

    const sum = await write(ctx, `${where}/letter`, bytes('letter', 200_000))
    await eject(ctx, place)
    place.drive.closeTray()
    await untilMounted(ctx)
    ctx.check('out and in again: the same bytes', (await sumOf(ctx, `${where}/letter`)) === sum, sum)
    await ctx.must(['dpkg', '--purge', 'pktw'], { timeoutMs: 300_000 })
    const left = await ctx.guest.exec(['ls', '-A', '/etc/pktw'])
    ctx.check('a purge takes the settings, edited or not', left.code !== 0, left.stdout)
    await checkNoTraces(ctx, 'purged')
    await ctx.must(['rm', '/root/before.deb'])
  },
})
