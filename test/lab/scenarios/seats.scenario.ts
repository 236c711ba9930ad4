import { atSeat, login } from '../desktop.ts'
import { screen, typeLine, untilShown, wipe } from '../keyboard.ts'
import { insert, installWith, mountedAt, untilMounted, where } from '../life.ts'
import { type Context, scenario } from '../scenario.ts'
import { inSession, startSession, udfMounts } from '../session.ts'
import type { Place } from '../stand.ts'

type Person = 'alice' | 'bob'

const uidOf: Record<Person, number> = { alice: 1000, bob: 1001 }
/** Each sits at a seat of their own, with a drive. */
const driveOf: Record<Person, string> = { alice: 'sr0', bob: 'sr1' }
const labelOf: Record<Person, string> = { alice: 'ONE', bob: 'TWO' }
const whereOf: Record<Person, string> = { alice: where, bob: `${where}1` }
const neighbourOf: Record<Person, Person> = { alice: 'bob', bob: 'alice' }
const both: readonly Person[] = ['alice', 'bob']

const patience = 180_000
/** ms to wait for what must not happen: the session looks every second. */
const quiet = 8_000

const call = (drive: string, method: string): string =>
  `busctl --timeout=200 call org.pktw.Pktw1 /org/pktw/Pktw1/drives/${drive} org.pktw.Pktw1.Drive ${method}`

/** What stands for the second seat's graphics card: logind makes a seat of any device with this tag. */
const master =
  'SUBSYSTEM=="graphics", KERNEL=="fbcon", ENV{ID_SEAT}="seat1", TAG+="seat", TAG+="master-of-seat"\n'

/** A second seat with the drive, as `loginctl attach` gives it one. */
async function attach(ctx: Context, drive: string): Promise<void> {
  await ctx.must(['tee', '/etc/udev/rules.d/72-lab-seat.rules'], { stdin: Buffer.from(master) })
  await ctx.must(['udevadm', 'control', '--reload'])
  await ctx.must(['udevadm', 'trigger', '--action=add', '--settle', '/sys/class/graphics/fbcon'])
  const { stdout } = await ctx.must(['readlink', '--canonicalize', `/sys/class/block/${drive}`])
  const usb = /^.*\/usb[0-9]+\/[0-9.-]+(?=\/)/.exec(stdout)?.[0] ?? ''
  await ctx.must(['loginctl', 'attach', 'seat1', usb])
  // udevd looks for new rules every three seconds, and loginctl does not wait for that.
  await ctx.must(['udevadm', 'control', '--reload'])
  await ctx.must(['udevadm', 'trigger', '--settle', usb])
  await ctx.must(['udevadm', 'trigger', '--settle', `--parent-match=${usb}`])
  ctx.check(
    'the drive is at seat1',
    (await seatOf(ctx, `/dev/${drive}`)) === 'seat1',
    await seatOf(ctx, `/dev/${drive}`),
  )
  const seats = (await ctx.must(['loginctl', 'list-seats', '--no-legend'])).stdout.trim().split(/\s+/)
  ctx.check('logind has two seats', seats.sort().join() === 'seat0,seat1', seats)
}

/** ID_SEAT; empty for seat0. */
const seatOf = async (ctx: Context, device: string): Promise<string> =>
  /^ID_SEAT=(.*)$/m.exec((await ctx.must(['udevadm', 'info', '--query=property', device])).stdout)?.[1] ?? ''

/** Who has an ACL on the packet device. */
async function usersOf(ctx: Context, drive: string): Promise<string> {
  const { stdout } = await ctx.must(['getfacl', '--absolute-names', '--omit-header', `/dev/pktw/${drive}`])
  return [...stdout.matchAll(/^user:(\w+):rw/gm)].map(([, name]) => name).join()
}

async function refused(ctx: Context, who: Person, line: string, action: string): Promise<void> {
  const { code, output } = await atSeat(ctx.guest, `${line} </dev/null`, who)
  ctx.check(
    `${who} may not: ${line}`,
    code !== 0 && output.includes(`you may not do this from here (org.pktw.${action}-other-seat)`),
    output,
  )
  ctx.check('and is told where', output.includes('the one that the drive belongs to'), output)
}

/** An administrator may help: the question stays readable on the terminal for as long as nobody answers. */
async function asked(ctx: Context): Promise<void> {
  await ctx.must(['chpasswd'], { stdin: Buffer.from('root:secret\n') })
  await wipe(ctx)
  const ended = atSeat(ctx.guest, 'pktw eject sr1 </dev/tty >/dev/tty 2>&1')
  const prompt = await untilShown(ctx, /Password:/)
  const text = /to eject the disc .TWO. from sr1 \(PKTW .*\), which belongs to another seat\..*as: root/s
  ctx.check('pktw eject asks for an administrator', text.test(prompt), prompt)
  await new Promise((later) => setTimeout(later, 4000))
  const later = await screen(ctx)
  ctx.check('and writes nothing over that', later.endsWith('Password:'), later)
  await typeLine(ctx, 'wrong')
  const { code } = await ended
  const end = await screen(ctx)
  ctx.check('refused', code === 1 && end.includes('(org.pktw.eject-other-seat)'), end)
}

async function may(ctx: Context, who: Person, line: string): Promise<string> {
  const { code, output } = await atSeat(ctx.guest, line, who)
  ctx.check(`${who} may: ${line}`, code === 0, output)
  return output
}

/** Units of pktw and of mounts that failed. */
async function nothingFailed(ctx: Context, when: string): Promise<void> {
  const argv = ['systemctl', 'list-units', '--failed', '--plain', '--no-legend', 'pktw*', 'media-*']
  const { stdout } = await ctx.must(argv)
  ctx.check(`${when}: no unit failed`, stdout.trim() === '', stdout)
}

/** mount.style systemd, on a machine that has no udisks. */
async function mountedBySystemd(ctx: Context, places: Record<Person, Place>): Promise<void> {
  // One after the other: mount points go by who comes first.
  for (const who of both)
    await insert(
      ctx,
      places[who],
      { kind: who === 'bob' ? 'bd-re' : 'cd-rw', udf: labelOf[who] },
      whereOf[who],
    )
  const nobodys = (await mountedAt(ctx, whereOf.bob)) ?? ''
  ctx.check('nobody is at seat1: its disc is not for alice', !/uid=/.test(nobodys), nobodys)

  await login(ctx.guest, 'bob', { name: 'seat1' })
  const session = (
    await ctx.must(['loginctl', 'show-seat', 'seat1', '--property=ActiveSession', '--value'])
  ).stdout.trim()
  const shown = (
    await ctx.must([
      'loginctl',
      'show-session',
      session,
      ...['Name', 'Seat', 'Active'].map((name) => `--property=${name}`),
    ])
  ).stdout
  ctx.check(
    'bob is at seat1',
    /Name=bob/.test(shown) && /Seat=seat1/.test(shown) && /Active=yes/.test(shown),
    shown,
  )
  await ctx.waitFor(
    'it is his when he has come',
    async () => (await mountedAt(ctx, whereOf.bob))?.includes('uid=1001'),
    patience,
  )
  await untilMounted(ctx, whereOf.bob)
  await nothingFailed(ctx, 'without udisks')

  for (const who of both) {
    const drive = driveOf[who]
    const [mine, theirs] = [whereOf[who], whereOf[neighbourOf[who]]]
    const options = (await mountedAt(ctx, mine)) ?? ''
    ctx.check(`${drive}: the files are ${who}'s`, options.includes(`uid=${uidOf[who]},`), options)
    const seat = who === 'bob' ? 'seat1' : ''
    ctx.check(
      `${drive}: its packet device stands there, too`,
      (await seatOf(ctx, `/dev/pktw/${drive}`)) === seat,
      seat,
    )
    ctx.check(
      `${drive}: and is ${who}'s alone`,
      (await usersOf(ctx, drive)) === who,
      await usersOf(ctx, drive),
    )
    const told = await may(
      ctx,
      who,
      `busctl get-property org.pktw.Pktw1 /org/pktw/Pktw1/drives/${drive} org.pktw.Pktw1.Drive Seat`,
    )
    ctx.check(`${drive}: the service says so`, told.trim() === `s "${seat || 'seat0'}"`, told)
    await may(ctx, who, `echo of ${who} >${mine}/letter`)
    const into = await atSeat(ctx.guest, `echo >${theirs}/letter`, who)
    ctx.check(`${who} may not write to the other disc`, into.code !== 0, into.output)
  }
  for (const who of both) {
    const other = driveOf[neighbourOf[who]]
    await refused(ctx, who, call(other, 'Unmount'), 'mount')
    await refused(ctx, who, call(other, 'Eject'), 'eject')
    await refused(ctx, who, `pktw eject ${other}`, 'eject')
  }
  await asked(ctx)
  for (const who of both) {
    await may(ctx, who, call(driveOf[who], 'Unmount'))
    await may(ctx, who, call(driveOf[who], 'Mount'))
    await may(ctx, who, `pktw eject ${driveOf[who]}`)
    ctx.check(`${driveOf[who]}: the tray is out`, places[who].drive.trayOpen, places[who].name)
  }
  await nothingFailed(ctx, 'at the end')
}

/** mount.style udisks: the desktops of two people. */
async function mountedByUdisks(ctx: Context, places: Record<Person, Place>): Promise<void> {
  for (const who of both) places[who].drive.closeTray()
  await startSession(ctx)
  const mount = (drive: string) => `udisksctl mount --no-user-interaction --block-device /dev/pktw/${drive}`
  const untilOffered = (who: Person) =>
    ctx.waitFor(
      `${who}'s disc is offered to ${who}`,
      async () => {
        const { output } = await inSession(ctx, 'gio mount -l', who)
        return output.includes(`: ${labelOf[who]}`)
      },
      patience,
    )
  for (const who of both) await untilOffered(who)
  for (const who of both) {
    const other = neighbourOf[who]
    const listed = (await inSession(ctx, 'gio mount -l', who)).output
    ctx.check(`${who}'s desktop shows only the disc at that seat`, !listed.includes(labelOf[other]), listed)
    const theirs = await atSeat(ctx.guest, mount(driveOf[other]), who)
    ctx.check(`udisks lets ${who} not mount the other`, /NotAuthorized/.test(theirs.output), theirs.output)
  }
  for (const who of both) {
    await may(ctx, who, mount(driveOf[who]))
    const place = `/run/media/${who}/${labelOf[who]}`
    const mounts = await udfMounts(ctx)
    ctx.check(
      `it is at ${place}, ${who}'s`,
      mounts.some((line) => line.includes(` ${place} rw,`) && line.includes(`uid=${uidOf[who]},`)),
      mounts,
    )
  }
  await refused(ctx, 'alice', 'pktw umount sr1', 'mount')

  // The session of whoever sits there ejects what is unmounted; nobody else's.
  const unmount = 'udisksctl unmount --no-user-interaction --block-device /dev/pktw/sr1'
  await may(ctx, 'bob', `${unmount} && sleep ${quiet / 1000}`)
  ctx.check("alice's pktw-session leaves it alone", !places.bob.drive.trayOpen, 'the tray of sr1 is shut')
  await startSession(ctx, 'bob')
  await may(ctx, 'bob', `${mount('sr1')} && sleep ${quiet / 1000}`)
  await may(ctx, 'bob', unmount)
  await ctx.waitFor("bob's has it ejected", async () => places.bob.drive.trayOpen, patience)
  ctx.check("bob's has it ejected", places.bob.drive.trayOpen, 'the tray of sr1 is out')
  const said = await inSession(ctx, 'journalctl --user --boot --no-pager --output=cat --unit=pktw-session')
  ctx.check("alice's says nothing of it", !said.output.includes('sr1'), said.output)
  const left = await udfMounts(ctx)
  ctx.check('her disc stays', left.length === 1 && left[0]?.includes('/run/media/alice/ONE') === true, left)
}

export default scenario({
  describe:
    'two seats: a disc belongs to who sits where its drive stands, mounted by systemd (without udisks) and by udisks',
  suites: ['sid'],
  desktop: true,
  media: ['cd-rw'],
  boot: 'own',
  product: false,
  run: async (ctx) => {
    await ctx.must(['useradd', '--create-home', '--uid', '1001', '--shell', '/bin/sh', 'bob'])
    await ctx.must(['systemctl', 'mask', '--runtime', '--now', 'udisks2.service'])
    await installWith(ctx, 'mount: { style: systemd }\n')
    await ctx.login()
    const places = { alice: await ctx.stand.plug('supermulti'), bob: await ctx.stand.plug('bd') }
    await attach(ctx, driveOf.bob)
    await mountedBySystemd(ctx, places)

    await ctx.must(['systemctl', 'unmask', '--runtime', 'udisks2.service'])
    await installWith(ctx, 'mount: { style: udisks }\n')
    await mountedByUdisks(ctx, places)
  },
})
