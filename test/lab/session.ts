// What a desktop session has besides a seat: its bus, pktw-session, and a recording of what automounters ask udisks for.
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { atSeat } from './desktop.ts'
import type { Context } from './scenario.ts'

const environment =
  'export XDG_RUNTIME_DIR=/run/user/$(id -u) LC_ALL=C.UTF-8; export DBUS_SESSION_BUS_ADDRESS=unix:path=$XDG_RUNTIME_DIR/bus'

/** Runs a command line as programs of the desktop run: in the session, with its bus. */
export const inSession = (
  ctx: Context,
  line: string,
  user = 'alice',
): Promise<{ code: number; output: string }> => atSeat(ctx.guest, `${environment}; ${line}`, user)

/** Starts pktw-session as a desktop would. */
export async function startSession(ctx: Context, user = 'alice'): Promise<void> {
  const { code, output } = await inSession(
    ctx,
    'systemctl --user daemon-reload; systemctl --user restart pktw-session',
    user,
  )
  ctx.check(`pktw-session of ${user} runs`, code === 0, output)
}

/** What is mounted of UDF: one line each, `/dev/nbd0 /run/media/alice/LAB rw,…`. */
export async function udfMounts(ctx: Context): Promise<string[]> {
  const argv = ['findmnt', '--list', '--noheadings', '--types=udf', '--output=SOURCE,TARGET,OPTIONS']
  const { stdout } = await ctx.guest.exec(argv)
  return stdout.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim().replace(/\s+/g, ' ')]))
}

/** The packet device is mounted, once, as desktops are to mount it: read-write, noatime, for alice. */
export const isOnceHers = (mounts: readonly string[]): boolean =>
  mounts.length === 1 && /^\/dev\/nbd0 \S+ rw,.*noatime.*uid=1000/.test(mounts[0] ?? '')

/** The desktop's mount point. */
export const place = '/run/media/alice/LAB'

/** Waits until the desktop has mounted the disc, and says how. */
export const untilDesktopMounted = (ctx: Context): Promise<string[]> =>
  ctx.waitFor(
    'the desktop mounts the disc',
    async () => {
      const mounts = await udfMounts(ctx)
      return mounts.some((line) => line.includes(place)) && mounts
    },
    180_000,
  )

const recorder = 'lab-recorder.service'
const recorded = '/root/bus.txt'

/** Has the calls to udisks and its signals written down from now on, and what `more` match rules match. */
export async function startRecording(ctx: Context, ...more: string[]): Promise<void> {
  const rules = [
    ...more,
    "type='method_call',destination='org.freedesktop.UDisks2'",
    "type='signal',sender='org.freedesktop.UDisks2',member='InterfacesAdded'",
    "type='signal',sender='org.freedesktop.UDisks2',member='InterfacesRemoved'",
    "type='signal',sender='org.freedesktop.UDisks2',member='PropertiesChanged'",
  ]
  await ctx.guest.exec(['systemctl', 'stop', recorder])
  await ctx.must(
    ['systemd-run', `--unit=${recorder}`, '--collect', '-p', `StandardOutput=truncate:${recorded}`].concat([
      'dbus-monitor',
      '--system',
      ...rules,
    ]),
  )
}

/** What was said, without serial numbers and times. Kept in $PKTW_LAB_RECORD when that is set. */
export async function endRecording(ctx: Context, name: string): Promise<string> {
  await ctx.must(['systemctl', 'stop', recorder])
  const { stdout } = await ctx.must(['cat', recorded])
  const text = stdout
    .replace(/ time=[0-9.]+/g, '')
    .replace(/ (reply_)?serial=[0-9]+/g, '')
    .replace(/(sender|destination)=:1\.[0-9]+/g, '$1=:1.N')
  const folder = process.env.PKTW_LAB_RECORD
  if (folder !== undefined && folder !== '') {
    await mkdir(folder, { recursive: true })
    await writeFile(path.join(folder, `${name}.txt`), text)
  }
  return text
}

/** Calls of a method in a recording: the objects they were for. */
export const callsOf = (recording: string, member: string): string[] =>
  [...recording.matchAll(/^method call .*path=(\S+); interface=\S+; member=(\S+)$/gm)].flatMap(
    ([, at, name]) => (name === member && at !== undefined ? [at.slice(at.lastIndexOf('/') + 1)] : []),
  )
