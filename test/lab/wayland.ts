// A graphical session as a desktop brings it up: labwc on no screen, its target, and what runs beside it in that session.
import type { Context } from './scenario.ts'
import { inSession } from './session.ts'

/** What the session's target brings of itself, by what is installed: ours, and mako's. */
const installed = ['pktw-session.service', 'mako.service']
/** What it is told to bring. */
const automounters = ['udiskie.service', 'thunar.service']

const units = '.config/systemd/user'

/** In the user's home. */
const files: Record<string, string> = {
  // No screen, no keyboard, no GPU.
  [`${units}/labwc.service`]: `[Unit]
Description=The compositor
Wants=graphical-session-pre.target
After=graphical-session-pre.target

[Service]
Environment=WLR_BACKENDS=headless WLR_RENDERER=pixman WLR_LIBINPUT_NO_DEVICES=1 XDG_CURRENT_DESKTOP=labwc:wlroots
ExecStart=/usr/bin/labwc
Slice=session.slice
`,
  // As labwc's manual has it: once it is up, its environment goes to systemd and the bus, and the session begins.
  '.config/labwc/autostart': `dbus-update-activation-environment --systemd WAYLAND_DISPLAY XDG_CURRENT_DESKTOP
systemctl --user start labwc-session.target
`,
  [`${units}/labwc-session.target`]: `[Unit]
Description=The session of labwc
BindsTo=graphical-session.target labwc.service
Wants=${automounters.join(' ')}
`,
  [`${units}/udiskie.service`]: `[Unit]
Description=udiskie
PartOf=graphical-session.target
After=graphical-session.target

[Service]
ExecStart=/usr/bin/udiskie --automount --no-notify --no-tray
Slice=session.slice
`,
}

/** Settings of Xfce: channel, property. All are switched on. */
const xfce = [
  ['thunar', '/misc-volume-management'],
  ['thunar-volman', '/automount-drives/enabled'],
  ['thunar-volman', '/automount-media/enabled'],
] as const

/** `systemctl --user` of the desktop user. */
export const userUnit = (ctx: Context, ...argv: string[]): Promise<{ code: number; output: string }> =>
  inSession(ctx, `systemctl --user ${argv.join(' ')}`)

/** Brings the session of whoever is at the seat up, and waits until everything in it runs. */
export async function startDesktop(ctx: Context): Promise<void> {
  for (const [file, text] of Object.entries(files)) {
    await ctx.alice(['mkdir', '-p', `/home/alice/${file.slice(0, file.lastIndexOf('/'))}`])
    await ctx.alice(['tee', `/home/alice/${file}`], { stdin: text })
  }
  for (const [channel, property] of xfce)
    await inSession(ctx, `xfconf-query -c ${channel} -p ${property} -n -t bool -s true`)
  await userUnit(ctx, 'daemon-reload')
  await userUnit(ctx, 'start labwc.service')
  const all = ['graphical-session.target', ...installed, ...automounters]
  await ctx.waitFor(
    'the session is up',
    async () => {
      const { output } = await userUnit(ctx, `is-active ${all.join(' ')}`)
      return output.match(/^active$/gm)?.length === all.length
    },
    180_000,
  )
}

/** Ends it, and takes its files away. */
export async function endDesktop(ctx: Context): Promise<void> {
  // Thunar is the only one that does not go with the session.
  await userUnit(ctx, 'stop thunar.service labwc-session.target labwc.service')
  for (const file of Object.keys(files)) await ctx.must(['rm', '--force', `/home/alice/${file}`])
  await userUnit(ctx, 'daemon-reload')
}

/** A notification as mako shows it. */
interface Shown {
  id: number
  app_name: string
  summary: string
  body: string
  /** Key → what stands on the button. */
  actions: Record<string, string>
}

/** Waits until mako shows one of pktw with such a summary. */
export const untilShown = (ctx: Context, summary: RegExp): Promise<Shown> =>
  ctx.waitFor(
    `the notification ${summary} is shown`,
    async () => {
      const { output } = await inSession(ctx, 'makoctl list -j')
      const all = JSON.parse(output) as Shown[]
      return all.find((one) => one.app_name === 'pktw' && summary.test(one.summary))
    },
    180_000,
  )

/** Presses a button of it. */
export async function press(ctx: Context, { id }: Shown, action: string): Promise<void> {
  const { code, output } = await inSession(ctx, `makoctl invoke -n ${id} ${action}`)
  ctx.check(`its button ${action} is pressed`, code === 0, output)
}
