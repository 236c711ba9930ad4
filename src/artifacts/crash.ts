// How the engine can end, as its program, its unit and the hooks around it agree on. A crash is what systemd starts the
// engine again for, with the block device left as it is; any other end lets go of the disc.

/** EX_SOFTWARE of sysexits.h: the engine itself met what it has no answer to. */
export const softwareError = 70

/** Of Node.js: V8 gave up, its own handlers or JavaScript failed, a promise that never settles. */
const crashCodes: readonly number[] = [5, 7, 10, 13, softwareError]

/** Without SIG. SIGTERM is how the engine is told to end, and HUP, INT and PIPE are no fault of its own. */
const crashSignals: readonly string[] = [
  'ABRT',
  'BUS',
  'FPE',
  'ILL',
  'KILL',
  'QUIT',
  'SEGV',
  'SYS',
  'TRAP',
  'XCPU',
  'XFSZ',
]

/** For RestartForceExitStatus= (systemd.service(5)). */
export const crashStatuses: readonly string[] = [
  ...crashCodes.map(String),
  ...crashSignals.map((s) => `SIG${s}`),
]

/** What systemd tells ExecStopPost= of the main process, as $EXIT_CODE and $EXIT_STATUS; nothing when it never ran. */
export interface MainExit {
  code: string | undefined
  status: string | undefined
}

/** True for an end that systemd starts the engine again for, unless a stop is under way or the limit is reached. */
export const isCrash = ({ code, status }: MainExit): boolean =>
  code === 'killed' || code === 'dumped'
    ? crashSignals.includes(status ?? '')
    : code === 'exited' && crashCodes.includes(Number(status))
