// What a service says to systemd: sd_notify(3). Node cannot send to a datagram socket, so systemd-notify(1) does.
import { execFile } from 'node:child_process'
import { searchPath } from './search-path.ts'

/** The variables that systemd sets for sd_notify(3) and sd_watchdog_enabled(3). */
export interface ServiceEnvironment {
  NOTIFY_SOCKET?: string | undefined
  WATCHDOG_USEC?: string | undefined
  WATCHDOG_PID?: string | undefined
}

/**
 * WatchdogSec= of the unit that the process `pid` is the main process of, in ms; undefined where systemd expects nothing of it
 * (sd_watchdog_enabled(3)).
 */
export function watchdogLimit(environment: ServiceEnvironment, pid: number): number | undefined {
  const { NOTIFY_SOCKET, WATCHDOG_USEC = '', WATCHDOG_PID } = environment
  if (!NOTIFY_SOCKET || !/^[1-9][0-9]*$/.test(WATCHDOG_USEC)) return undefined
  if (WATCHDOG_PID !== undefined && WATCHDOG_PID !== String(pid)) return undefined
  return Number(WATCHDOG_USEC) / 1000
}

/**
 * Tells systemd that the service is alive. systemd takes it from a child of the service only with NotifyAccess=all, and the child waits
 * until systemd has taken it: of a process that has ended meanwhile nobody could say whose it was. Rejects with the reason when that
 * takes longer than `limitMs`, or systemd-notify cannot be run.
 */
export function keepWatchdogAlive(
  { NOTIFY_SOCKET = '' }: ServiceEnvironment,
  limitMs: number,
): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(
      'systemd-notify',
      ['WATCHDOG=1'],
      { env: { PATH: searchPath, NOTIFY_SOCKET }, timeout: limitMs, killSignal: 'SIGKILL' },
      (error) => (error === null ? resolve() : reject(error)),
    )
  })
}
