// A person at the machine: an active session on a seat, as a desktop has it. No group, no password, only the seat.
import { LabError } from './host.ts'
import type { Machine } from './qemu.ts'

/** In the user's home: a FIFO of shell commands, and how the last one ended. */
const ordersOf = (user: string): string => `/home/${user}/seat`

/** Runs a command line inside the session of `login`, as polkit sees it: active, local. Resolves with its status and output. */
export const atSeat = async (
  machine: Machine,
  line: string,
  user = 'alice',
): Promise<{ code: number; output: string }> => {
  const orders = ordersOf(user)
  const ended = `${orders}.ended`
  const order = `rm -f ${ended}; { ${line}; } >${ended}.output 2>&1; echo $? >${ended}.new; mv ${ended}.new ${ended}\n`
  const hand = `rm -f ${ended}; until [ -p ${orders} ]; do sleep 0.1; done; cat >${orders}; until [ -e ${ended} ]; do sleep 0.2; done`
  const ran = await machine.exec(['sh', '-c', hand], { user, stdin: order, timeoutMs: 240_000 })
  if (ran.code !== 0) throw new LabError(`nobody carries out orders at the seat: ${ran.stderr}`)
  const { stdout } = await machine.exec(['sh', '-c', `cat ${ended} ${ended}.output`])
  const [code, ...output] = stdout.split('\n')
  return { code: Number(code), output: output.join('\n') }
}

interface Seat {
  name: string
  /** The virtual terminal, which only seat0 has. */
  terminal?: number
}

const firstSeat: Seat = { name: 'seat0', terminal: 1 }

/** The terminal is the session's, for who types there. */
const onSeat = ({ name, terminal }: Seat): string[] => [
  ...(terminal === undefined
    ? []
    : ['-p', `TTYPath=/dev/tty${terminal}`, '-p', 'StandardInput=tty', '-p', 'TTYReset=yes']),
  ...['-E', `XDG_SEAT=${name}`, ...(terminal === undefined ? [] : ['-E', `XDG_VTNR=${terminal}`])],
  ...['-E', 'XDG_SESSION_TYPE=tty', '-E', 'XDG_SESSION_CLASS=user'],
]

/**
 * Logs the user in at a seat, through PAM and logind, until `logout`. Rejects with LabError when logind will not
 * have it, or the seat has nobody in front of it afterwards.
 */
export const login = async (
  machine: Machine,
  user = 'alice',
  seat = firstSeat,
): Promise<{ logout(): Promise<void> }> => {
  const unit = `seat-${user}.service`
  const run = async (argv: string[]): Promise<string> => {
    const ran = await machine.exec(argv)
    if (ran.code !== 0) throw new LabError(`${argv.join(' ')}: ${ran.stderr}`)
    return ran.stdout
  }
  // One that an earlier session left would take the first order, and nobody would read it.
  await run(['rm', '--force', ordersOf(user)])
  await run([
    ...['systemd-run', `--unit=${unit}`, '--collect', '-p', 'PAMName=login', '-p', `User=${user}`],
    ...onSeat(seat),
    // Carries out what atSeat hands it, one after the other.
    ...['sh', '-c', 'rm -f $1; mkfifo $1; while :; do sh $1; done', 'sh', ordersOf(user)],
  ])
  const end = performance.now() + 30_000
  while (!(await run(['loginctl', 'show-seat', seat.name, '--property=ActiveSession'])).match(/=\S/)) {
    if (performance.now() > end)
      throw new LabError(`${user} has no active session on ${seat.name} after 30 s`)
  }
  return {
    logout: async () => {
      await run(['systemctl', 'stop', unit])
    },
  }
}
