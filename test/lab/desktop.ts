// A person at the machine: an active session on seat0, as a desktop has it. No group, no password, only the seat.
import { LabError } from './host.ts'
import type { Machine } from './qemu.ts'

/** Logs the user in on tty1, through PAM and logind, until `logout`. Rejects with LabError when logind will not have it. */
export const login = async (machine: Machine, user = 'alice'): Promise<{ logout(): Promise<void> }> => {
  const unit = `seat-${user}.service`
  const run = async (argv: string[]): Promise<string> => {
    const ran = await machine.exec(argv)
    if (ran.code !== 0) throw new LabError(`${argv.join(' ')}: ${ran.stderr}`)
    return ran.stdout
  }
  await run([
    ...['systemd-run', `--unit=${unit}`, '--collect', '-p', 'PAMName=login', '-p', `User=${user}`],
    ...['-p', 'TTYPath=/dev/tty1', '-p', 'StandardInput=tty', '-p', 'TTYReset=yes'],
    ...[
      '-E',
      'XDG_SEAT=seat0',
      '-E',
      'XDG_VTNR=1',
      '-E',
      'XDG_SESSION_TYPE=tty',
      '-E',
      'XDG_SESSION_CLASS=user',
    ],
    ...['sleep', 'infinity'],
  ])
  const end = performance.now() + 30_000
  while (!(await run(['loginctl', 'show-seat', 'seat0', '--property=ActiveSession'])).match(/=\S/)) {
    if (performance.now() > end) throw new LabError(`${user} has no active session on seat0 after 30 s`)
  }
  return {
    logout: async () => {
      await run(['systemctl', 'stop', unit])
    },
  }
}
