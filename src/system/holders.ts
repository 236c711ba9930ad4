// Which processes keep a mount busy: open files, working directory, root, program text, mappings (as fuser -m does).
import { readdir, readFile, readlink, stat } from 'node:fs/promises'

export interface Holder {
  pid: number
  /** Whose it is. */
  uid: number
  command: string
  /** A path below the mount point that it holds. */
  file: string
}

/** What others name their programs and files is shown on terminals: it must not steer them. */
const printable = (text: string): string => text.replace(/\p{Cc}/gu, '?')

const isBelow = (path: string, mountPoint: string): boolean =>
  path === mountPoint || path.startsWith(mountPoint === '/' ? '/' : `${mountPoint}/`)

const links = async (directory: string): Promise<string[]> => {
  const names = await readdir(directory).catch(() => [] as string[])
  return Promise.all(names.map((n) => readlink(`${directory}/${n}`).catch(() => '')))
}

/** Files of /proc/PID/maps, whose last field may hold spaces. */
const mappedFiles = (maps: string): string[] =>
  maps.split('\n').flatMap((line) => {
    const at = line.indexOf('/')
    return at < 0 ? [] : [line.slice(at)]
  })

/**
 * Processes that have something open at or below one of these paths, each once; only those that the caller may look into. Needs root to
 * see all.
 */
export async function holdersOf(...paths: readonly string[]): Promise<Holder[]> {
  if (paths.length === 0) return []
  const pids = (await readdir('/proc')).filter((n) => /^[0-9]+$/.test(n))
  const holders: Holder[] = []
  for (const pid of pids) {
    const base = `/proc/${pid}`
    const one = (name: string) => readlink(`${base}/${name}`).catch(() => '')
    const files = [
      ...(await links(`${base}/fd`)),
      await one('cwd'),
      await one('root'),
      await one('exe'),
      ...mappedFiles(await readFile(`${base}/maps`, 'utf8').catch(() => '')),
    ]
    const file = files.find((f) => paths.some((p) => isBelow(f, p)))
    if (file === undefined) continue
    const command = (await readFile(`${base}/comm`, 'utf8').catch(() => '?')).trim()
    const uid = await stat(base).then(
      (found) => found.uid,
      () => undefined,
    )
    // It has ended meanwhile.
    if (uid === undefined) continue
    holders.push({ pid: Number(pid), uid, command: printable(command), file: printable(file) })
  }
  return holders
}
