// Wakes whoever waits when something below /run/pktw changes. Nothing is read here, so an event too many costs nothing.
import { type FSWatcher, watch } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'

/** ms in which several changes count as one: a file is written and renamed, or three change together. */
const together = 150

export class StateWatch {
  readonly #root: string
  readonly #watched = new Map<string, { inode: number; watcher: FSWatcher }>()
  #wake: () => void = () => undefined
  #changed = false

  constructor(root = '/run/pktw') {
    this.#root = root
  }

  /** Resolves `together` after a change, one since the last `arm` included, or after `ms`. */
  async next(ms: number): Promise<void> {
    if (!this.#changed) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    if (this.#changed) await new Promise((resolve) => setTimeout(resolve, together))
    this.#changed = false
  }

  /** Whoever waits is woken. */
  poke(): void {
    this.#changed = true
    this.#wake()
  }

  close(): void {
    for (const { watcher } of this.#watched.values()) watcher.close()
    this.#watched.clear()
  }

  /** From here on every change wakes. Directories come and go; one that was made again is another. */
  async arm(): Promise<void> {
    const below = await readdir(this.#root, { withFileTypes: true }).catch(() => [])
    const directories = [
      this.#root,
      ...below.filter((d) => d.isDirectory()).map((d) => path.join(this.#root, d.name)),
    ]
    for (const [directory, { watcher }] of this.#watched)
      if (!directories.includes(directory)) {
        watcher.close()
        this.#watched.delete(directory)
      }
    for (const directory of directories) {
      const inode = (await stat(directory).catch(() => undefined))?.ino
      const before = this.#watched.get(directory)
      if (inode === undefined || before?.inode === inode) continue
      before?.watcher.close()
      try {
        const watcher = watch(directory, () => this.poke())
        watcher.on('error', () => this.#watched.delete(directory))
        this.#watched.set(directory, { inode, watcher })
      } catch {
        // No inotify watch to be had, or it is gone again: the slow look finds out.
      }
    }
  }
}
