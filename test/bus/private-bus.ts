// A system bus of a test's own: the real dbus-daemon with the policy that is installed, and whom pktwd talks to on it.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import type { TestContext } from 'vitest'
import { type Bus, connect } from '../../src/bus/connection.ts'
import { parseMountinfo } from '../../src/system/mountinfo.ts'
import { needPermission, needTools, skip } from '../tools.ts'

const polkitd = '/usr/lib/polkit-1/polkitd'
const dbusmock = '/usr/lib/python3/dist-packages/dbusmock/__init__.py'

/** Skips unless the programs are there, and we are root, who alone may act as several users. */
export function needBus(context: TestContext, ...more: string[]): void {
  needTools(context, 'dbus-daemon', 'busctl', dbusmock, ...more)
  if (process.getuid?.() !== 0) skip(context, 'only root can be several users')
}

/** unshare(1): a mount table of its own, of which nobody else sees anything. */
const ownMounts = ['--mount', '--propagation', 'private']

export function needPolkit(context: TestContext): void {
  needBus(context, polkitd, 'unshare', 'setpriv')
  needPermission(context, 'unshare', ...ownMounts, 'true')
  if (cgroups() === undefined) skip(context, 'no control groups to put sessions in')
}

export interface PrivateBus {
  address: string
  /** For everybody to read. */
  directory: string
  /** A connection as root. */
  connect(): Promise<Bus>
  /** Starts a program that is to have the name, and waits until it has. */
  service(name: string, program: string, argv: string[], env?: Record<string, string>): Promise<ChildProcess>
  /** One of the templates beside this file, started when it does not run yet. */
  mock(template: 'systemd1' | 'login1', parameters?: unknown): Promise<ChildProcess>
  /** Ends everything. */
  stop(): Promise<void>
}

const config = (directory: string, policies: string[]): string => `<!DOCTYPE busconfig PUBLIC
 "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path=${directory}/socket</listen>
  <auth>EXTERNAL</auth>
  <!-- As in the system bus of a distribution. -->
  <policy context="default">
    <allow user="*"/>
    <deny own="*"/>
    <deny send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
    <allow receive_type="signal"/>
    <allow send_destination="org.freedesktop.DBus"/>
    <!-- What their own policies allow. -->
    <allow send_destination="org.freedesktop.systemd1"/>
    <allow send_destination="org.freedesktop.login1"/>
  </policy>
  <policy user="root">
    <allow own="org.freedesktop.systemd1"/>
    <allow own="org.freedesktop.login1"/>
  </policy>
${policies.map((file) => `  <include>${file}</include>`).join('\n')}
</busconfig>
`

/** Empty ones: their programs have ended. */
function removeSessions(directory: string): void {
  const slice = sliceOf(directory)
  if (!existsSync(slice)) return
  for (const name of readdirSync(slice)) if (name.endsWith('.scope')) rmdirSync(path.join(slice, name))
  rmdirSync(slice)
}

export async function startBus(): Promise<PrivateBus> {
  const directory = mkdtempSync(path.join(tmpdir(), 'pktw-bus-'))
  chmodSync(directory, 0o755)
  const policies = ['org.pktw.Pktw1.conf', 'org.freedesktop.PolicyKit1.conf'].map((name, i) => {
    const own = path.join(directory, name)
    copyFileSync(i === 0 ? `dbus/${name}` : `/usr/share/dbus-1/system.d/${name}`, own)
    return own
  })
  writeFileSync(path.join(directory, 'bus.conf'), config(directory, policies))
  const children: ChildProcess[] = []
  const mocks = new Map<string, ChildProcess>()
  const start = (program: string, argv: string[], env: Record<string, string> = {}): ChildProcess => {
    const child = spawn(program, argv, {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { PATH: process.env.PATH ?? '', PYTHONPATH: '/usr/lib/python3/dist-packages', ...env },
    })
    children.push(child)
    // What nobody reads would fill the pipe: mocks write a line for each call, and then stop.
    child.stdout?.resume()
    return child
  }
  const daemon = start('dbus-daemon', [
    `--config-file=${directory}/bus.conf`,
    '--nofork',
    '--print-address=1',
  ])
  await once(daemon.stdout as NodeJS.ReadableStream, 'data')
  chmodSync(path.join(directory, 'socket'), 0o666)
  const address = `unix:path=${directory}/socket`
  const asRoot = await connect(address)
  const service: PrivateBus['service'] = async (name, program, argv, env = {}) => {
    const there = new Promise<void>((resolve) => {
      const rule = `sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0='${name}'`
      void asRoot.onSignal(rule, { member: 'NameOwnerChanged' }, ({ body }) => {
        if (body[0] === name && body[2] !== '') resolve()
      })
    })
    const child = start(program, argv, { DBUS_SYSTEM_BUS_ADDRESS: address, ...env })
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`${program} ended with ${code} before it was ${name}`)
    })
    await Promise.race([there, ended])
    ended.catch(() => {})
    return child
  }
  return {
    address,
    directory,
    connect: () => connect(address),
    service,
    mock: async (template, parameters = {}) => {
      const known = mocks.get(template)
      if (known !== undefined && known.exitCode === null && known.signalCode === null) return known
      const child = await service(`org.freedesktop.${template}`, '/usr/bin/python3', [
        ...['-m', 'dbusmock', '--system', '--template', path.resolve(`test/bus/${template}.py`)],
        ...['--parameters', JSON.stringify(parameters)],
      ])
      mocks.set(template, child)
      return child
    },
    stop: async () => {
      asRoot.close()
      for (const child of children.reverse()) {
        if (child.exitCode !== null || child.signalCode !== null) continue
        const gone = once(child, 'exit')
        child.kill('SIGKILL')
        await gone
      }
      rmSync(directory, { recursive: true, force: true })
      removeSessions(directory)
    },
  }
}

/** Where the machine has its control groups, version 2; undefined where it has none. */
function cgroups(): string | undefined {
  const mounts = parseMountinfo(readFileSync('/proc/self/mountinfo', 'utf8'))
  return mounts.find(({ type, options }) => type === 'cgroup2' && options.includes('rw'))?.target
}

/** Control groups of a test's sessions: a slice beside those of the machine. */
const sliceOf = (directory: string): string =>
  path.join(cgroups() ?? '/', `${path.basename(directory).replaceAll('-', '')}.slice`)
const sessionOf = ({ directory }: PrivateBus, uid: number): string =>
  path.join(sliceOf(directory), `session-s${uid}.scope`)

/** Who is logged in, as logind writes it down; libsystemd, and so polkitd, reads it there. */
export interface Login {
  uid: number
  seat: string
  active: boolean
}

/**
 * polkitd, with our actions alone, these rules, and these sessions: in a view of the machine's files of its own.
 * root is the only administrator.
 */
export async function startPolkitd(bus: PrivateBus, rules: string[], logins: Login[]): Promise<void> {
  const own = path.join(bus.directory, 'polkit')
  const write = (file: string, text: string): void => {
    const where = path.join(own, file)
    mkdirSync(path.dirname(where), { recursive: true, mode: 0o755 })
    writeFileSync(where, text)
    // polkitd is nobody in particular, whatever our umask is.
    chmodSync(where, 0o644)
  }
  write('rules/49-root.rules', 'polkit.addAdminRule(function () { return ["unix-user:0"]; });\n')
  for (const [i, text] of rules.entries()) write(`rules/50-${i}.rules`, text)
  mkdirSync(path.join(own, 'none'), { mode: 0o755 })
  write('actions/org.pktw.policy', readFileSync('polkit/org.pktw.policy', 'utf8'))
  for (const { uid, seat, active } of logins) {
    mkdirSync(sessionOf(bus, uid), { recursive: true })
    const state = active ? 'active' : 'online'
    const seatLine = seat === '' ? '' : `SEAT=${seat}\n`
    write(
      `systemd/sessions/s${uid}`,
      `UID=${uid}\nUSER=u${uid}\nACTIVE=${active ? 1 : 0}\nSTATE=${state}\nREMOTE=${seat === '' ? 1 : 0}\n${seatLine}TYPE=tty\nCLASS=user\n`,
    )
    write(
      `systemd/users/${uid}`,
      `NAME=u${uid}\nSTATE=${state}\nDISPLAY=s${uid}\nSESSIONS=s${uid}\nACTIVE_SESSIONS=${active ? `s${uid}` : ''}\n`,
    )
  }
  write('systemd/seats/seat0', 'IS_SEAT0=1\n')
  mkdirSync(path.join(own, 'systemd/machines'), { mode: 0o755 })
  for (const folder of [
    'rules',
    'none',
    'actions',
    'systemd',
    'systemd/sessions',
    'systemd/users',
    'systemd/seats',
    'systemd/machines',
    '',
  ])
    chmodSync(path.join(own, folder), 0o755)
  // A mount namespace is made from a shell by whoever has no unit for it.
  const script = [
    'set -e',
    `mount --bind ${own}/actions /usr/share/polkit-1/actions`,
    `mount --bind ${own}/none /usr/share/polkit-1/rules.d`,
    `mount --bind ${own}/rules /etc/polkit-1/rules.d`,
    `mount --bind ${own}/systemd /run/systemd`,
    // As on a machine with nothing else: there libsystemd looks which session a process is in.
    `mount --bind ${cgroups()} /sys/fs/cgroup`,
    `exec ${polkitd} --no-debug`,
  ].join('\n')
  await bus.service('org.freedesktop.PolicyKit1', 'unshare', [...ownMounts, 'sh', '-c', script])
}

export interface Said {
  code: number
  stdout: string
  stderr: string
}

/** argv that runs `argv` as this user, in the user's session if there is one. */
export function commandAs(bus: PrivateBus, uid: number, argv: string[]): string[] {
  if (uid === 0) return argv
  const drop = ['setpriv', '--reuid', String(uid), '--regid', String(uid), '--clear-groups', ...argv]
  const session = path.join(sessionOf(bus, uid), 'cgroup.procs')
  return existsSync(session) ? ['sh', '-c', 'echo $$ >"$0"; exec "$@"', session, ...drop] : drop
}

/** The environment of who is on this bus. */
export const environmentOf = (bus: PrivateBus): Record<string, string> => ({
  PATH: process.env.PATH ?? '',
  DBUS_SYSTEM_BUS_ADDRESS: bus.address,
})

/** Runs a program as this user, with the private bus as the system bus. */
export async function runAs(bus: PrivateBus, uid: number, argv: string[]): Promise<Said> {
  const [program = '', ...args] = commandAs(bus, uid, argv)
  try {
    const { stdout, stderr } = await promisify(execFile)(program, args, {
      env: environmentOf(bus),
      timeout: 60_000,
    })
    return { code: 0, stdout, stderr }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    return { code, stdout, stderr }
  }
}

/** A method of a drive, called with busctl as this user; what it says without what its stderr begins with. */
export const callAs = (bus: PrivateBus, uid: number, drive: string, ...call: string[]): Promise<Said> =>
  runAs(bus, uid, [
    ...['busctl', '--system', '--json=short', 'call', 'org.pktw.Pktw1'],
    ...[`/org/pktw/Pktw1/drives/${drive}`, 'org.pktw.Pktw1.Drive', ...call],
  ])
