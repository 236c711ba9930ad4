import { makeDisc } from '../discs.ts'
import { insertOnly, installWith, journalSince, now, untilLetGo } from '../life.ts'
import { type Context, scenario } from '../scenario.ts'
import {
  callsOf,
  endRecording,
  inSession,
  isOnceHers,
  place,
  startRecording,
  udfMounts,
  untilDesktopMounted,
} from '../session.ts'
import type { Place } from '../stand.ts'
import { checkNoTraces } from '../traces.ts'
import { endDesktop, press, startDesktop, untilShown, userUnit } from '../wayland.ts'

/** Thunar's daemon runs it for the packet device; it waits five seconds, and mounts if nobody has. */
const volman = 'thunar-volman --device-added \\S*/nbd0$'
const volmanRuns = async (ctx: Context): Promise<boolean> =>
  (await ctx.guest.exec(['pgrep', '--full', volman])).code === 0

const trayIsOut = (ctx: Context, { drive }: Place): Promise<boolean> =>
  ctx.waitFor('the tray is out', async () => drive.trayOpen, 180_000)

/** udiskie and Thunar at once, gvfs beside them: one volume, one mount, one question to udisks. */
async function mountedOnce(ctx: Context, stand: Place): Promise<void> {
  await startRecording(ctx)
  await insertOnly(stand, { kind: ctx.medium, udf: 'LAB' })
  const [first] = await Promise.all([
    untilDesktopMounted(ctx),
    ctx.waitFor('Thunar runs thunar-volman for the packet device', () => volmanRuns(ctx), 180_000),
  ])
  ctx.check('mounted once, read-write, noatime, hers', isOnceHers(first), first)
  await ctx.waitFor('thunar-volman has ended', async () => !(await volmanRuns(ctx)), 120_000)
  const mounts = await udfMounts(ctx)
  ctx.check('the other automounter leaves it at that', isOnceHers(mounts), mounts)
  const { output } = await inSession(ctx, 'gio mount -l -i')
  const volumes = output.match(/^ *Volume\(\d+\): .*/gm) ?? []
  ctx.check('gvfs: one volume, the disc', volumes.length === 1 && /LAB$/.test(volumes[0] ?? ''), volumes)
  const asked = callsOf(await endRecording(ctx, 'automounter-session'), 'Mount')
  ctx.check('udisks was asked once, for the packet device', asked.join() === 'nbd0', asked)
}

/** Out by the desktop, and nothing of it stays. */
async function ejectedBy(ctx: Context, stand: Place, command: string, disc: string): Promise<void> {
  const { code, output } = await inSession(ctx, command)
  ctx.check(command, code === 0, output)
  await trayIsOut(ctx, stand)
  const { summary } = await untilShown(ctx, /can be taken out$/)
  ctx.check('mako shows that it can be taken out', summary.includes(disc), summary)
  await untilLetGo(ctx)
  const left = await udfMounts(ctx)
  ctx.check('nothing is mounted', left.length === 0, left)
}

/** A blank disc, prepared by the button of its notification. */
async function preparedByButton(ctx: Context, { drive }: Place): Promise<void> {
  const blank = await makeDisc({ kind: ctx.medium, state: 'blank' })
  drive.durations.format = 5000
  drive.removeDisc()
  drive.insert(blank)
  const notice = await untilShown(ctx, /has to be prepared$/)
  ctx.check('mako shows that it is blank, with a button', 'prepare' in notice.actions, notice)
  await startRecording(ctx, "type='method_call',destination='org.pktw.Pktw1'")
  await press(ctx, notice, 'prepare')
  const going = await untilShown(ctx, /^Preparing /)
  ctx.check('and how far it is', /Leave the disc in\.$/.test(going.body), going)
  const mounts = await ctx.waitFor(
    'the desktop mounts the new disc',
    async () => {
      const now = await udfMounts(ctx)
      return now.length > 0 && now
    },
    300_000,
  )
  ctx.check('formatted, and mounted once for her', blank.formats === 1 && isOnceHers(mounts), mounts)
  const asked = callsOf(await endRecording(ctx, 'prepare-by-button'), 'Prepare')
  ctx.check('org.pktw.Pktw1 was asked to prepare it', asked.join() === 'sr0', asked)
  await untilShown(ctx, /is ready$/)
}

/** pktw goes while she is logged in. */
async function uninstalled(ctx: Context, since: string): Promise<void> {
  await ctx.must(['pktw', 'uninstall'], { timeoutMs: 240_000 })
  const state = () => userUnit(ctx, 'show --property=ActiveState --value pktw-session.service')
  await ctx.waitFor('pktw-session ends', async () => (await state()).output.trim() === 'inactive', 120_000)
  await ctx.must(['journalctl', '--sync'])
  const lines = (await journalSince(ctx, since)).split('\n')
  const stack = lines.filter((line) => /\sat .*:\d+:\d+\)?( \{)?$|Node\.js v\d/.test(line))
  ctx.check('no stack trace in the journal', stack.length === 0, stack.slice(0, 5))
  await userUnit(ctx, 'daemon-reload')
  const known = await userUnit(ctx, "list-units --all --plain --no-legend 'pktw*'")
  ctx.check('her user manager knows nothing of it', known.output.trim() === '', known.output)
  const files = await ctx.guest.exec(['find', '/run/user/1000', '-xdev', '-name', '*pktw*'])
  ctx.check('nothing is left in /run/user', files.stdout === '', files.stdout)
  await checkNoTraces(ctx, 'uninstalled in the session')
}

export default scenario({
  describe:
    'in a session of labwc with udiskie, Thunar and mako: one disc, one mount, told, ejected, a blank one prepared by a button; uninstalled',
  suites: ['sid'],
  desktop: true,
  media: ['cd-rw'],
  product: false,
  run: async (ctx) => {
    await installWith(ctx, 'mount: { style: udisks }\n')
    const since = await now(ctx)
    await ctx.login()
    await startDesktop(ctx)
    const why = await userUnit(ctx, 'list-dependencies --plain --reverse pktw-session.service')
    ctx.check('pktw-session came with the session', /graphical-session\.target/.test(why.output), why.output)

    const stand = await ctx.stand.plug()
    await mountedOnce(ctx, stand)
    const ready = await untilShown(ctx, /is ready$/)
    ctx.check('mako shows that it is ready, and where', ready.body.includes(place), ready)
    const wrote = await inSession(ctx, `echo written >${place}/letter && cat ${place}/letter`)
    ctx.check('she writes to it', wrote.code === 0, wrote.output)
    await ejectedBy(ctx, stand, `gio mount -e ${place}`, 'LAB')

    await preparedByButton(ctx, stand)
    const [target = ''] = (await udfMounts(ctx)).map((line) => line.split(' ')[1])
    await ejectedBy(ctx, stand, `gio mount -u ${target}`, 'CD-RW')

    await uninstalled(ctx, since)
    await endDesktop(ctx)
    await ctx.must(['rm', '-r', '/etc/pktw'])
  },
})
