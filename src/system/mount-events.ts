// Mounting and unmounting, when it happens: findmnt(8) waits in poll(2) for /proc/self/mountinfo, for which Node has no call.
import { execa } from 'execa'
import { searchPath } from './search-path.ts'

/**
 * Calls whenever a file system of one of these types is mounted, unmounted or remounted in our mount namespace; where there is
 * no findmnt, never. Gives what ends it.
 */
export function watchMounts(types: readonly string[], onChange: () => void): () => void {
  const argv = ['--poll', '--noheadings', '--list', '--output=ACTION', `--types=${types.join()}`]
  const child = execa('findmnt', argv, {
    reject: false,
    buffer: false,
    stdin: 'ignore',
    stderr: 'ignore',
    extendEnv: false,
    env: { PATH: searchPath, LC_ALL: 'C.UTF-8' },
  })
  child.stdout.on('data', onChange)
  return () => {
    child.kill()
  }
}
