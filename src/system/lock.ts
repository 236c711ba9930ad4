// One change of a system at a time. flock(1) locks the open file that we hand it and ends; the lock stays with us, and goes
// with us however we end. So there is no stale lock, and no process number to be believed.
import { constants } from 'node:fs'
import { type FileHandle, open, readdir, readFile, readlink, rm, stat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { run as runProgram } from './run.ts'

export interface Holder {
  pid: number
  /** Its command line, without what would steer a terminal. */
  command: string
}

/** What came of the wish: the lock, who has it, or that it cannot be had for want of flock(1). */
export type Lock = { release: () => Promise<void> } | { heldBy: Holder | undefined } | 'no-flock'

/** flock(1): the lock is held by another. */
const taken = 1
/** run.ts: the program is not there. */
const notFound = 127

/** For the running system: root's alone, so that nobody else can hold up an installation. */
const lockFile = '/run/pktw-install.lock'

async function holderOf(file: string): Promise<Holder | undefined> {
  for (const pid of (await readdir('/proc')).filter((n) => /^[0-9]+$/.test(n) && Number(n) !== process.pid)) {
    const base = `/proc/${pid}`
    for (const fd of await readdir(`${base}/fd`).catch((): string[] => [])) {
      if ((await readlink(`${base}/fd/${fd}`).catch(() => '')) !== file) continue
      const command = (await readFile(`${base}/cmdline`, 'utf8').catch(() => '')).split('\0').join(' ').trim()
      return { pid: Number(pid), command: command.replace(/\p{Cc}/gu, '?') }
    }
  }
  return undefined
}

/** Opens what is locked: of an image its directory, which needs no file of ours in it. */
async function openLock(root: string): Promise<{ handle: FileHandle; file: string }> {
  const directory = { handle: () => open(root, constants.O_RDONLY | constants.O_DIRECTORY), file: root }
  if (root !== '/') return { handle: await directory.handle(), file: root }
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW
  // A machine without /run, or with one that cannot be written.
  return open(lockFile, flags, 0o600).then(
    (handle) => ({ handle, file: lockFile }),
    async () => ({ handle: await directory.handle(), file: root }),
  )
}

/** The lock file is still the one that has this name: its holder before takes it away. */
async function isCurrent(handle: FileHandle, file: string): Promise<boolean> {
  const [ours, named] = await Promise.all([handle.stat(), stat(file).catch(() => undefined)])
  return named?.ino === ours.ino && named.dev === ours.dev
}

async function tryLock(root: string, run: typeof runProgram): Promise<Lock> {
  for (;;) {
    const { handle, file } = await openLock(root)
    const { code } = await run('flock', ['-n', '0'], { stdin: handle.fd })
    if (code === 0 && (await isCurrent(handle, file)))
      return {
        release: async () => {
          if (file === lockFile) await rm(file, { force: true })
          await handle.close()
        },
      }
    await handle.close()
    if (code === notFound) return 'no-flock'
    if (code === taken) return { heldBy: await holderOf(file) }
    if (code !== 0) return 'no-flock'
  }
}

export interface LockOptions {
  /** ms */
  patienceMs: number
  waiting: (holder: Holder | undefined) => void
  run?: typeof runProgram
}

/**
 * The lock for changing the system below `root`, a real path. Waits for another who has it, `patienceMs` at the most;
 * `waiting` is called once, with who it is if that can be seen.
 */
export async function lockSystem(
  root: string,
  { patienceMs, waiting, run = runProgram }: LockOptions,
): Promise<Lock> {
  const until = Date.now() + patienceMs
  for (let told = false; ; told = true) {
    const lock = await tryLock(root, run)
    if (lock === 'no-flock' || 'release' in lock || Date.now() >= until) return lock
    if (!told) waiting(lock.heldBy)
    await sleep(Math.min(200, Math.max(0, until - Date.now())))
  }
}
