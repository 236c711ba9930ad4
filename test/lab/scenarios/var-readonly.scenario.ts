import {
  bytes,
  eject,
  insert,
  journalSince,
  now,
  profileFor,
  sumOf,
  unitProperty,
  untilMounted,
  where,
} from '../life.ts'
import { type Context, scenario } from '../scenario.ts'

const unit = 'pktw@sr0.service'
/** Where systemd keeps the state of dynamic users; here a file system of its own, that can become read-only by itself. */
const state = '/var/lib/private'
const image = '/var/tmp/lab-state.img'

/** ext4 with the option that Debian's installer sets, so that an error of the disk makes it read-only. */
async function makeState(ctx: Context): Promise<void> {
  await ctx.must(['truncate', '--size=200M', image])
  await ctx.must(['mkfs.ext4', '-q', '-e', 'remount-ro', image])
  await ctx.must(['mkdir', '-p', '--mode=700', state])
  await ctx.must(['mount', '-o', 'loop', image, '/mnt'])
  await ctx.must(['cp', '-a', `${state}/.`, '/mnt'])
  await ctx.must(['umount', '/mnt'])
  await mountState(ctx)
}

const mountState = async (ctx: Context): Promise<void> => {
  await ctx.must(['mount', '-o', 'loop', image, state])
  await ctx.must(['chmod', '700', state])
}

/** As a disk does that has lost a sector: the file system notices an error. */
async function breakState(ctx: Context): Promise<void> {
  const { stdout } = await ctx.must(['findmnt', '--noheadings', '--output=SOURCE', state])
  const trigger = `/sys/fs/ext4/${stdout.trim().split('/').at(-1)}/trigger_fs_error`
  await ctx.must(['tee', trigger], { stdin: Buffer.from('lab\n') })
  // Newer kernels do not say so in the mount's options.
  await ctx.waitFor(
    `${state} is read-only`,
    async () => (await ctx.guest.exec(['touch', `${state}/lab`])).code !== 0,
    30_000,
  )
}

/** Writes and waits for fsync; gives what the program was told. */
const writeSynced = async (ctx: Context, name: string, data: Buffer): Promise<number | null> =>
  (
    await ctx.guest.exec(['dd', `of=${where}/${name}`, 'bs=64k', 'conv=notrunc,fsync', 'status=none'], {
      user: 'alice',
      stdin: data,
      timeoutMs: 300_000,
    })
  ).code

export default scenario({
  describe:
    'the machine’s own disk becomes read-only during a copy: it is said, and nothing older than an fsync comes back',
  media: ['cd-rw', 'dvd+rw'],
  run: async (ctx) => {
    await ctx.login()
    await makeState(ctx)
    const since = await now(ctx)
    const place = await ctx.stand.plug(profileFor(ctx.medium))
    await insert(ctx, place, { kind: ctx.medium, udf: 'LAB' })
    const version = (n: number) => bytes(`version ${n}`, 400_000)
    const [first, second, third] = [version(1), version(2), version(3)]
    ctx.check('version 1: fsync answers', (await writeSynced(ctx, 'file', first)) === 0, 'in the journal')
    await ctx.must([
      'systemd-run',
      '--unit=lab-copy',
      'dd',
      'if=/dev/urandom',
      `of=${where}/copy`,
      'bs=1M',
      'count=12',
    ])
    await breakState(ctx)
    const told = await writeSynced(ctx, 'file', second)
    ctx.check('version 2: fsync answers, or says that it is not durable', told !== null, told)
    const said = await journalSince(ctx, since)
    const lines = said.split('\n').filter((line) => /journal.*(lost|cannot)|read-only/i.test(line))
    ctx.check(
      'it is said in words',
      lines.some((line) => /sr0/.test(line)),
      lines,
    )
    // The engine dies: an older journal is found, if it could not be removed.
    await ctx.waitFor(
      'the copy ends',
      async () => (await unitProperty(ctx, 'lab-copy', 'ActiveState')) !== 'active',
      300_000,
    )
    const pid = await unitProperty(ctx, unit, 'MainPID')
    await ctx.must(['kill', '-9', pid])
    await ctx.guest.exec(['umount', '--lazy', state])
    await ctx.must(['sh', '-c', `fsck.ext4 -fy ${image} || test $? -lt 4`], { timeoutMs: 120_000 })
    await mountState(ctx)
    await ctx.waitFor(
      'an engine serves the disc, or the disc was given up',
      async () => {
        const active = await unitProperty(ctx, unit, 'ActiveState')
        const now = await unitProperty(ctx, unit, 'MainPID')
        return active === 'failed' || (active === 'active' && now !== pid && now !== '0')
      },
      300_000,
    )
    await ctx.guest.exec(['systemctl', 'reset-failed', unit])
    if ((await unitProperty(ctx, unit, 'ActiveState')) !== 'active') {
      place.drive.pressEject()
      await ctx.waitFor('the tray is out', async () => place.drive.trayOpen, 300_000)
    } else {
      await eject(ctx, place)
    }
    place.drive.closeTray()
    await untilMounted(ctx)
    const found = await sumOf(ctx, `${where}/file`)
    ctx.check('the file can be read', /^[0-9a-f]{64}$/.test(found), found)
    const older = await differingBlocks(ctx, first)
    const newer = await differingBlocks(ctx, second)
    if (told === 0) {
      ctx.check('version 2 is on the disc, as fsync said', newer.length === 0, newer)
    } else {
      const neither = newer.filter((block) => older.includes(block))
      const seen = { neither, ofVersion2: older.length, ofVersion1: newer.length }
      ctx.check(
        'each block is of version 1, or of version 2, for which fsync failed',
        neither.length === 0,
        seen,
      )
    }
    ctx.check('version 3: fsync answers', (await writeSynced(ctx, 'file', third)) === 0, 'in the new journal')
    await eject(ctx, place)
    place.drive.closeTray()
    await untilMounted(ctx)
    const left = await differingBlocks(ctx, third)
    ctx.check('version 3 is on the disc', left.length === 0, left)
    await eject(ctx, place)
    await ctx.must(['umount', state])
    await ctx.must(['rm', image])
  },
})

/** Blocks of the file that differ from these bytes. */
async function differingBlocks(ctx: Context, wanted: Buffer): Promise<number[]> {
  await ctx.must(['tee', '/run/lab-version'], { stdin: wanted })
  const script = `cmp -l /run/lab-version ${where}/file | awk '{ print int(($1 - 1) / 2048) }' | uniq`
  const { stdout } = await ctx.must(['sh', '-c', script], { timeoutMs: 300_000 })
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map(Number)
}
