import {
  bytes,
  insert,
  installWith,
  journalSince,
  mountedAt,
  now,
  sumOf,
  untilLetGo,
  untilMounted,
  where,
  write,
} from '../life.ts'
import { scenario } from '../scenario.ts'

export default scenario({
  describe: 'backend direct: mounted from the drive itself, the button all the same, then the same bytes',
  media: ['dvd+rw', 'dvd-ram'],
  product: false,
  run: async (ctx) => {
    await installWith(ctx, `media: { ${ctx.medium}: direct }\n`)
    await ctx.login()
    const place = await ctx.stand.plug('supermulti')
    const { drive } = place
    const disc = await insert(ctx, place, { kind: ctx.medium, udf: 'LAB' })

    const source = (await ctx.must(['findmnt', '--noheadings', '--output=SOURCE,OPTIONS', where])).stdout
    ctx.check('mounted from the drive, rw, noatime', /\/sr0\s+rw\b.*noatime/.test(source), source.trim())
    const links = (await ctx.must(['readlink', '-f', '/dev/pktw/sr0', '/dev/pktcdvd/pktcdvd0'])).stdout
    ctx.check('both names lead to it', links === '/dev/sr0\n/dev/sr0\n', links)
    const hint = await ctx.must([
      ...['busctl', 'get-property', 'org.freedesktop.UDisks2', '/org/freedesktop/UDisks2/block_devices/sr0'],
      ...['org.freedesktop.UDisks2.Block', 'HintIgnore'],
    ])
    ctx.check('automounters are kept off', hint.stdout.trim() === 'b true', hint.stdout)
    const nbd = await ctx.guest.exec(['sh', '-c', 'cat /sys/class/block/nbd*/pid'])
    ctx.check('no network block device is attached', nbd.stdout.trim() === '', nbd.stdout)

    const book = await write(ctx, `${where}/book`, bytes('book', 700_000))
    await write(ctx, `${where}/page`, bytes('page', 3000))
    await ctx.alice(['rm', `${where}/page`])

    await ctx.must([
      'systemd-run',
      '--unit=lab-reader',
      'sh',
      '-c',
      `exec 3<${where}/book; exec sleep infinity`,
    ])
    const since = await now(ctx)
    drive.pressEject()
    const said = await ctx.waitFor(
      'the journal says why the tray stays shut',
      async () => (await journalSince(ctx, since)).split('\n').find((l) => l.includes('stays shut')),
      180_000,
    )
    ctx.check(
      'it names the file, and not our own process',
      said.includes('/book') && !said.includes('/dev/sr0)'),
      said,
    )
    ctx.check('shut, mounted', !drive.trayOpen && (await mountedAt(ctx)) !== undefined, drive.trayOpen)
    await ctx.must(['systemctl', 'stop', 'lab-reader'])

    const logged = drive.counters.log.length
    const pressed = performance.now()
    drive.pressEject()
    await ctx.waitFor('the tray is out', async () => drive.trayOpen, 180_000)
    ctx.time('button to tray', performance.now() - pressed)
    const after = drive.counters.log.slice(logged).map((entry) => entry.opcode)
    const [lastWrite, synchronized, opened] = [0x2a, 0x35, 0x1b].map((o) => after.lastIndexOf(o))
    ctx.check(
      'SYNCHRONIZE CACHE goes between the last write and the tray',
      synchronized! > lastWrite! && opened! > synchronized!,
      { lastWrite, synchronized, opened },
    )
    await untilLetGo(ctx)
    ctx.check('nothing is mounted any more', (await mountedAt(ctx)) === undefined, await mountedAt(ctx))
    ctx.check('the disc was written', disc.writes.size > 0, disc.writes.size)

    drive.closeTray()
    await untilMounted(ctx)
    ctx.check('the same bytes', (await sumOf(ctx, `${where}/book`)) === book, book)
    const names = (await ctx.alice(['ls', where])).stdout
    ctx.check('the deleted file is gone', !names.includes('page'), names)

    drive.pullByForce()
    await untilLetGo(ctx)
    ctx.check('by the pinhole: unmounted, and let go of', (await mountedAt(ctx)) === undefined, 'pulled')
    drive.closeTray()
    await ctx.must(['pktw', 'uninstall'], { timeoutMs: 240_000 })
  },
})
