import type { DiscWish } from '../discs.ts'
import { makeDisc } from '../discs.ts'
import { insertOnly, mountedAt, unitProperty, untilLetGo, untilMounted, where } from '../life.ts'
import { type Context, scenario } from '../scenario.ts'
import type { Place } from '../stand.ts'

const patience = 180_000
const raw = '/mnt/raw'

const flag = async (ctx: Context): Promise<string> =>
  (await ctx.must(['cat', '/sys/class/block/sr0/ro'])).stdout.trim()

const property = async (ctx: Context, name: string): Promise<string | undefined> => {
  const { stdout } = await ctx.must(['udevadm', 'info', '--query=property', '/dev/sr0'])
  return new RegExp(`^${name}=(.*)$`, 'm').exec(stdout)?.[1]
}

/** Nobody gets it mounted read-write from the drive; reading goes on working. Root tries hardest. */
async function closed(ctx: Context, state: string, { mountable = true } = {}): Promise<void> {
  ctx.check(`${state}: the block device is read-only`, (await flag(ctx)) === '1', await flag(ctx))
  const rw = await ctx.guest.exec(['mount', '-t', 'udf', '-o', 'rw', '/dev/sr0', raw])
  const options = await mountedAt(ctx, raw)
  ctx.check(`${state}: mount -o rw makes no writable mount`, options?.startsWith('rw') !== true, [
    options,
    rw,
  ])
  if (mountable) ctx.check(`${state}: and a readable one`, options?.startsWith('ro') === true, [options, rw])
  const remount = await ctx.guest.exec(['mount', '-o', 'remount,rw', raw])
  const then = await mountedAt(ctx, raw)
  ctx.check(`${state}: nor does a remount`, then?.startsWith('rw') !== true, [then, remount.stderr])
  await ctx.guest.exec(['umount', raw])
  const udisks = await ctx.guest.exec(['udisksctl', 'mount', '--block-device', '/dev/sr0'])
  const { stdout } = await ctx.guest.exec([
    'findmnt',
    '--list',
    '--noheadings',
    '--source=/dev/sr0',
    '--output=OPTIONS',
  ])
  ctx.check(`${state}: udisks neither`, !/^rw/m.test(stdout), [stdout, udisks.stderr])
  if (mountable)
    ctx.check(`${state}: udisks mounts it to be read`, /^ro/m.test(stdout), [stdout, udisks.stderr])
  await ctx.guest.exec(['udisksctl', 'unmount', '--block-device', '/dev/sr0'])
  const written = await ctx.guest.exec([
    'dd',
    'if=/dev/zero',
    'of=/dev/sr0',
    'bs=2048',
    'count=1',
    'seek=4000',
    'conv=fsync,notrunc',
  ])
  ctx.check(`${state}: nor does dd write a block`, written.code !== 0, written.stderr)
}

/** Puts a disc in, and waits until udev knows it in this state. */
async function insertAs(
  ctx: Context,
  place: Place,
  wish: DiscWish,
  state: string | undefined,
): Promise<void> {
  await takeOut(ctx, place)
  await insertOnly(place, wish)
  await ctx.waitFor(
    `udev knows it as ${state ?? 'a disc'}`,
    async () =>
      (await property(ctx, 'ID_CDROM_MEDIA')) === '1' && (await property(ctx, 'PKTW_STATE')) === state,
    patience,
  )
}

async function takeOut(ctx: Context, { drive }: Place): Promise<void> {
  await ctx.must(['eject', '/dev/sr0'])
  await ctx.waitFor('the tray is out', async () => drive.trayOpen, patience)
  drive.removeDisc()
}

async function unmapped(ctx: Context): Promise<void> {
  await ctx.must(['pktw', 'unmap', 'sr0'], { timeoutMs: patience })
  await untilLetGo(ctx)
}

async function mapped(ctx: Context): Promise<void> {
  const hint = await ctx.must([
    ...['busctl', 'get-property', 'org.freedesktop.UDisks2', '/org/freedesktop/UDisks2/block_devices/sr0'],
    ...['org.freedesktop.UDisks2.Block', 'HintIgnore'],
  ])
  ctx.check('udisks is told to leave the drive alone', hint.stdout.trim() === 'b true', hint.stdout)
  // mount has several words for it, so the errno itself: what any other exclusive opener gets.
  const open =
    "const {O_RDONLY,O_EXCL,O_NONBLOCK}=fs.constants;fs.openSync('/dev/sr0',O_RDONLY|O_EXCL|O_NONBLOCK)"
  const exclusive = await ctx.guest.exec(['node', '-e', open])
  ctx.check(
    'an exclusive open gets EBUSY',
    exclusive.stderr.includes('EBUSY'),
    exclusive.stderr.slice(0, 200),
  )
  await closed(ctx, 'mapped', { mountable: false })
  const table = (
    await ctx.must(['findmnt', '--list', '--noheadings', '--types=udf', '--output=SOURCE,TARGET'])
  ).stdout
  ctx.check('only the packet device is mounted', !table.includes('/dev/sr') && table.includes(where), table)
}

/** A unit that cannot start, whatever keeps it. */
async function unitFailed(ctx: Context): Promise<void> {
  const directory = '/run/systemd/system/pktw@sr0.service.d'
  await ctx.must(['mkdir', '-p', directory])
  const text = '[Service]\nExecStartPre=/bin/false\n'
  await ctx.must(['tee', `${directory}/fail.conf`], { stdin: Buffer.from(text) })
  await ctx.must(['systemctl', 'daemon-reload'])
  await ctx.guest.exec(['pktw', 'map', 'sr0'], { timeoutMs: patience })
  await ctx.waitFor(
    'the unit has failed',
    async () => (await unitProperty(ctx, 'pktw@sr0.service', 'ActiveState')) === 'failed',
    patience,
  )
  await closed(ctx, 'unit failed')
  await ctx.must(['rm', '-r', directory])
  await ctx.must(['systemctl', 'daemon-reload'])
}

/** Burning and formatting go by SCSI commands, which the flag does not concern. */
async function burners(ctx: Context, { drive }: Place): Promise<void> {
  const before = drive.counters.of(0xa1) + drive.counters.of(0x04)
  const format = ctx.medium === 'cd-rw' ? ['-blank', 'fast'] : ['-format', 'full']
  const ran = await ctx.guest.exec(['xorriso', '-outdev', '/dev/sr0', ...format], { timeoutMs: patience })
  const sent = drive.counters.of(0xa1) + drive.counters.of(0x04) - before
  ctx.check(`xorriso ${format.join(' ')} reaches the disc`, sent > 0, [ran.code, ran.stderr.slice(-300)])
}

export default scenario({
  describe:
    'a CD-RW or DVD-RW in a drive that also writes DVD-RAM is never mounted read-write from the drive itself, whatever state it is in',
  media: ['cd-rw', 'dvd-rw'],
  run: async (ctx) => {
    await ctx.login()
    const place = await ctx.stand.plug('supermulti')
    const { drive } = place
    const kind = ctx.medium
    await ctx.must(['mkdir', '-p', raw])
    drive.insert(await makeDisc({ kind, udf: 'LAB' }))
    await untilMounted(ctx)
    await mapped(ctx)
    await unmapped(ctx)
    await closed(ctx, 'unmapped')
    const reset = await ctx.guest.exec(['sg_reset', '--device', '/dev/sr0'], { timeoutMs: patience })
    ctx.check('after a reset it is as it was', (await flag(ctx)) === '1', [await flag(ctx), reset.code])
    await unitFailed(ctx)
    await burners(ctx, place)

    // A CD-RW has no write protection of its own.
    if (kind === 'dvd-rw') {
      await insertAs(ctx, place, { kind, udf: 'LAB', writeProtected: true }, 'protected')
      await closed(ctx, 'protected')
    }
    // READ TRACK INFORMATION, which the probe goes by and udev's cdrom_id does not need.
    drive.faults.failCommand(0x52, '4/44/00', Number.POSITIVE_INFINITY)
    if (kind === 'cd-rw') {
      await insertAs(ctx, place, { kind, udf: 'LAB' }, 'error')
      await closed(ctx, 'the probe failed')
    }
    drive.faults.clear()
    await insertAs(ctx, place, { kind, state: 'session', udf: 'LAB' }, 'sequential')
    await closed(ctx, 'closed')

    await takeOut(ctx, place)
    drive.insert(await makeDisc({ kind: 'dvd-ram', udf: 'LAB' }))
    await untilMounted(ctx)
    ctx.check('given back for a DVD-RAM', (await flag(ctx)) === '0', await flag(ctx))
    await unmapped(ctx)
    const rw = await ctx.guest.exec(['mount', '-t', 'udf', '-o', 'rw', '/dev/sr0', raw])
    const options = await mountedAt(ctx, raw)
    ctx.check('which the kernel mounts as ever', options?.startsWith('rw') === true, [options, rw.stderr])
    await ctx.guest.exec(['umount', raw])
  },
})
