// The life of a disc as the scenarios tell it: in, mounted, written, the button, out.
import { createHash } from 'node:crypto'
import type { Disc } from '../drive/disc.ts'
import { type DiscWish, makeDisc } from './discs.ts'
import { built } from './product.ts'
import type { Context } from './scenario.ts'
import type { Place } from './stand.ts'

/** The mount point of the first drive, by default. */
export const where = '/media/cdvdrw'

/** ms: under emulation every program start of Node takes seconds, and an insertion is four of them. */
const patience = 180_000

/** The drive that writes this medium. */
export const profileFor = (medium: string): string => (medium === 'bd-re' ? 'bd' : 'supermulti')

/** Mount options when something is mounted there. */
export async function mountedAt(ctx: Context, target = where): Promise<string | undefined> {
  const { code, stdout } = await ctx.guest.exec(['findmnt', '--noheadings', '--output=OPTIONS', target])
  return code === 0 ? stdout.trim() : undefined
}

/** Waits until it is mounted read-write; gives the options. */
export const untilMounted = (ctx: Context, target = where): Promise<string> =>
  ctx.waitFor(
    `${target} is mounted read-write`,
    async () => {
      const options = await mountedAt(ctx, target)
      return options?.startsWith('rw') ? options : undefined
    },
    patience,
  )

/** Installs the product with these settings; gives what it said. For scenarios with `product: false`. */
export async function installWith(ctx: Context, settings: string): Promise<string> {
  await ctx.must(['mkdir', '-p', '/etc/pktw'])
  await ctx.must(['tee', '/etc/pktw/pktw.yaml'], { stdin: Buffer.from(settings) })
  const { stdout, stderr } = await ctx.must([...built, 'install'], { timeoutMs: 180_000 })
  return stdout + stderr
}

/** Puts a disc in, and waits for nothing. */
export async function insertOnly(place: Place, wish: DiscWish): Promise<Disc> {
  const disc = await makeDisc(wish)
  place.drive.insert(disc)
  return disc
}

/** Puts a disc in and waits until it is mounted. */
export async function insert(ctx: Context, place: Place, wish: DiscWish, target = where): Promise<Disc> {
  const disc = await insertOnly(place, wish)
  await untilMounted(ctx, target)
  return disc
}

/** Presses the button and waits until the tray is out. */
export async function eject(ctx: Context, place: Place): Promise<void> {
  place.drive.pressEject()
  await ctx.waitFor('the tray is out', async () => place.drive.trayOpen, patience)
}

/** Bytes that look like no others: `size` of them, from `seed`. */
export function bytes(seed: string, size: number): Buffer {
  const out = Buffer.alloc(size)
  for (let at = 0, n = 0; at < size; n++) {
    at += createHash('sha512').update(`${seed} ${n}`).digest().copy(out, at)
  }
  return out
}

const sha256 = (data: Buffer): string => createHash('sha256').update(data).digest('hex')

/** Writes as the ordinary user; gives what sha256sum is to say of it. */
export async function write(ctx: Context, path: string, data: Buffer): Promise<string> {
  await ctx.alice(['tee', path], { stdin: data })
  return sha256(data)
}

export async function sumOf(ctx: Context, path: string): Promise<string> {
  const ran = await ctx.guest.exec(['sha256sum', path], { timeoutMs: patience })
  return ran.code === 0 ? (ran.stdout.split(' ')[0] ?? '') : ran.stderr.trim()
}

/** One property of a unit, as systemctl show says it. */
export const unitProperty = async (ctx: Context, unit: string, property: string): Promise<string> =>
  (await ctx.must(['systemctl', 'show', `--property=${property}`, '--value', unit])).stdout.trim()

/** Process of the engine that serves a drive, if it is another than `but`. */
export const enginePid = async (ctx: Context, but = '0', drive = 'sr0'): Promise<string | undefined> => {
  const pid = await unitProperty(ctx, `pktw@${drive}.service`, 'MainPID')
  return pid === '0' || pid === but ? undefined : pid
}

/** udev's properties of a device, without those that change with every event. */
export async function propertiesOf(ctx: Context, device: string): Promise<string[]> {
  const { stdout } = await ctx.must(['udevadm', 'info', '--query=property', device])
  return stdout.split('\n').filter((l) => l !== '' && !/^(USEC_INITIALIZED|DISKSEQ|DEVLINKS|SEQNUM)=/.test(l))
}

/** Whatever the journal of this boot says since `since` (a value of `now`). */
export const journalSince = async (ctx: Context, since: string): Promise<string> =>
  (await ctx.must(['journalctl', '--boot', '--no-pager', '--output=short-monotonic', `--since=@${since}`]))
    .stdout

/** The guest's clock, for journalSince. */
export const now = async (ctx: Context): Promise<string> => (await ctx.must(['date', '+%s'])).stdout.trim()

/** Nothing of ours is left running, mounted or attached. */
export async function untilLetGo(ctx: Context, drive = 'sr0'): Promise<void> {
  await ctx.waitFor(
    'the disc is let go of',
    async () => {
      const left = await ctx.guest.exec(['sh', '-c', 'ls /run/pktw/held /run/pktw/map /run/pktw/slots'])
      const state = await unitProperty(ctx, `pktw@${drive}.service`, 'ActiveState')
      return !/sr|nbd|^\d/m.test(left.stdout) && (state === 'inactive' || state === 'failed')
    },
    patience,
  )
}

/**
 * Makes a file and everything before it durable. Two calls: syncfs(2) writes all of it but, on UDF, sends no flush to
 * the device; fsync(2) of the file does.
 */
export async function makeDurable(ctx: Context, path: string): Promise<void> {
  await ctx.must(['sync', '--file-system', path], { timeoutMs: patience })
  await ctx.must(['sync', path], { timeoutMs: patience })
}

/** The kernel knows of no connection; it forgets the last one when the last program closes the device. */
export async function noDevice(ctx: Context, what: string): Promise<void> {
  const left = (await ctx.must(['sh', '-c', 'ls /sys/block/nbd*/pid || true'])).stdout
  ctx.check(`${what}: no block device is attached`, left === '', left)
}

/** What the kernel said since then that no healthy disc makes it say. */
export async function noKernelErrors(ctx: Context, since: string, what: string): Promise<void> {
  const argv = ['journalctl', '--boot', '--dmesg', '--no-pager', '--output=cat', `--since=@${since}`]
  const lines = (await ctx.must(argv)).stdout.split('\n')
  const bad = lines.filter((l) => /I\/O error|UDF-fs: error|lost (a)?sync|page write/i.test(l))
  ctx.check(`${what}: the kernel had no I/O error to tell`, bad.length === 0, bad)
}

/** Packets that the medium was written with, in all and how many different ones. */
export function wearOf(disc: Disc): { written: number; different: number } {
  const writes = [...disc.writes.values()]
  return { written: writes.reduce((sum, n) => sum + n, 0), different: writes.length }
}

/** What `pktw stats` says of a drive. */
export const statsOf = async (ctx: Context, drive = 'sr0'): Promise<Record<string, number | string>> =>
  JSON.parse((await ctx.must(['pktw', 'stats', '--json', drive])).stdout)
