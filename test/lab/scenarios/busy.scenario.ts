import {
  bytes,
  eject,
  insert,
  insertOnly,
  journalSince,
  mountedAt,
  now,
  profileFor,
  sumOf,
  untilMounted,
  where,
  write,
} from '../life.ts'
import { type Context, scenario } from '../scenario.ts'
import type { Place } from '../stand.ts'

const patience = 180_000

/** The tray stays shut at the button, `pktw unmap` is refused, and both say who it is; the disc stays mapped. */
async function refused(ctx: Context, { drive }: Place, what: string, who: RegExp): Promise<void> {
  const unmap = await ctx.guest.exec(['pktw', 'unmap', 'sr0'], { timeoutMs: patience })
  ctx.check(`${what}: pktw unmap is refused`, unmap.code !== 0, unmap.stderr)
  const since = await now(ctx)
  drive.pressEject()
  const said = await ctx.waitFor(
    `${what}: the journal says why`,
    async () => (await journalSince(ctx, since)).split('\n').find((l) => l.includes('stays shut')),
    patience,
  )
  ctx.check(`${what}: and who it is`, who.test(said), said)
  ctx.check(`${what}: the tray is shut`, !drive.trayOpen, drive.trayOpen)
  const pid = await ctx.guest.exec(['cat', '/sys/class/block/nbd0/pid'])
  ctx.check(`${what}: the packet device is connected`, pid.code === 0, pid)
}

/** Unmounted for everybody, but for a program in a mount namespace of its own, as containers have. */
async function container(ctx: Context, place: Place): Promise<void> {
  const inside = `echo x >${where}/inner; exec 3<${where}/inner; exec sleep infinity`
  await ctx.must([
    ...['systemd-run', '--unit=lab-container', '--collect', 'unshare', '--mount', '--propagation', 'private'],
    ...['sh', '-c', inside],
  ])
  await ctx.waitFor(
    'the container has its file open',
    async () => (await ctx.guest.exec(['test', '-e', `${where}/inner`])).code === 0,
    patience,
  )
  await ctx.must(['umount', where])
  await refused(ctx, place, 'a container', /namespace of sleep/)
  await ctx.must(['systemctl', 'stop', 'lab-container'])
}

/** A disc with a partition table, and a file system in its partition. */
async function partition(ctx: Context, place: Place): Promise<void> {
  await insertOnly(place, { kind: 'dvd-ram' })
  await ctx.waitFor(
    'the disc is mapped',
    async () => (await ctx.guest.exec(['test', '-b', '/dev/pktw/sr0'])).code === 0,
    patience,
  )
  // One partition of type 0Ch from block 16 on: in sectors of the device, which has 2048 bytes each.
  const table =
    "const b=Buffer.alloc(2048);b.set([0,0,0,0,12],446);b.writeUInt32LE(16,454);b.writeUInt32LE(60000,458);b.set([0x55,0xaa],510);const f=fs.openSync('/dev/nbd0','r+');fs.writeSync(f,b,0,2048,0);fs.fsyncSync(f)"
  await ctx.must(['node', '-e', table])
  await ctx.must(['blockdev', '--rereadpt', '/dev/nbd0'])
  await ctx.must(['udevadm', 'settle'])
  const node = await ctx.guest.exec(['stat', '--format=%G %a', '-L', '/dev/pktw/sr0-part1'])
  ctx.check('the partition is whose the disc is', node.stdout.trim() === 'cdrom 660', node)
  await ctx.must(['mkudffs', '--media-type=hd', '--bootarea=erase', '/dev/nbd0p1'], { timeoutMs: patience })
  await ctx.must(['mkdir', '-p', '/mnt/part'])
  await ctx.must(['mount', '-t', 'udf', '/dev/nbd0p1', '/mnt/part'])
  const script = 'echo x >/mnt/part/held; exec 3</mnt/part/held; exec sleep infinity'
  await ctx.must(['systemd-run', '--unit=lab-part', '--collect', 'sh', '-c', script])
  await ctx.waitFor(
    'the file is open',
    async () => (await ctx.guest.exec(['test', '-e', '/mnt/part/held'])).code === 0,
    patience,
  )
  await refused(ctx, place, 'a partition', /part\/held/)
  await ctx.must(['systemctl', 'stop', 'lab-part'])
  await eject(ctx, place)
  const left = await ctx.guest.exec(['test', '-e', '/dev/nbd0p1'])
  ctx.check('and its partition is gone with it', left.code !== 0, left)
}

export default scenario({
  describe:
    'the button while a disc is in use, by an open file, a container or a partition: the tray stays shut and the journal says who; then it opens',
  run: async (ctx) => {
    await ctx.login()
    const place = await ctx.stand.plug(profileFor(ctx.medium))
    await insert(ctx, place, { kind: ctx.medium, udf: 'LAB' })
    const sum = await write(ctx, `${where}/book`, bytes('book', 50_000))
    await ctx.must([
      'systemd-run',
      '--unit=lab-reader',
      '--collect',
      'sh',
      '-c',
      `exec 3<${where}/book; exec sleep infinity`,
    ])
    const pid = (
      await ctx.must(['systemctl', 'show', '--property=MainPID', '--value', 'lab-reader'])
    ).stdout.trim()
    const since = await now(ctx)
    place.drive.pressEject()
    const said = await ctx.waitFor(
      'the journal says why',
      async () => {
        const text = await journalSince(ctx, since)
        return text.split('\n').find((l) => l.includes('stays shut'))
      },
      180_000,
    )
    ctx.check(
      'it names the program, its process and its file',
      said.includes(`pid ${pid}`) && said.includes('/book'),
      said,
    )
    ctx.check('the tray is shut', !place.drive.trayOpen, place.drive.trayOpen)
    ctx.check('the disc is still mounted', (await mountedAt(ctx)) !== undefined, await mountedAt(ctx))
    await write(ctx, `${where}/after`, bytes('after', 1000))

    await ctx.must(['systemctl', 'stop', 'lab-reader'])
    await eject(ctx, place)
    place.drive.closeTray()
    await untilMounted(ctx)
    ctx.check('the same bytes', (await sumOf(ctx, `${where}/book`)) === sum, sum)

    await container(ctx, place)
    await eject(ctx, place)
    place.drive.removeDisc()
    await partition(ctx, place)
  },
})
