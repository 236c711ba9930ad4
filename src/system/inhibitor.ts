// A lock of logind's, held by a child: Inhibit() hands out a file descriptor, which Node cannot receive.
import { execa } from 'execa'
import { searchPath } from './search-path.ts'

export interface Inhibitor {
  /** Gives the lock back. Resolves when it is gone. */
  release(): Promise<void>
  /** Settles when it is gone, by `release` or because the child ended; with the reason for the latter. Never rejects. */
  readonly ended: Promise<string | undefined>
}

/**
 * Keeps the machine from sleeping and from shutting down. `why` is what people are shown who try. The child reads from us and
 * ends when we do, however that comes about.
 */
export function inhibitSleep(why: string): Inhibitor {
  const argv = ['--what=sleep:shutdown', '--mode=block', '--who=pktw', `--why=${why}`, '--', 'cat']
  const child = execa('systemd-inhibit', argv, {
    reject: false,
    stdin: 'pipe',
    stdout: 'ignore',
    extendEnv: false,
    env: { PATH: searchPath, LC_ALL: 'C.UTF-8' },
  })
  const ended = child.then((result) =>
    result.failed ? (result.stderr ?? '').trim() || (result.shortMessage ?? 'it ended') : undefined,
  )
  return {
    ended,
    release: async () => {
      child.stdin.end()
      await ended
    },
  }
}
