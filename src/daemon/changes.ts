// When to look again: udev and the hooks write files for whatever happens to a drive or its disc.
import { type FSWatcher, watch } from 'node:fs'
import path from 'node:path'

const directories = ['/run/udev/data', '/run/pktw', '/run/pktw/held', '/run/pktw/map', '/run/pktw/prepare']

/** ms: an event writes several files. */
const settle = 100

/** Calls `changed` soon after something was written. Directories that are not there are left out. Gives what ends it. */
export function onChanges(root: string, changed: () => void): () => void {
  let timer: NodeJS.Timeout | undefined
  const tell = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined
      changed()
    }, settle)
  }
  const watchers = directories.flatMap((directory): FSWatcher[] => {
    try {
      const watcher = watch(path.join(root, directory), tell)
      watcher.on('error', () => watcher.close())
      return [watcher]
    } catch {
      return []
    }
  })
  return () => {
    clearTimeout(timer)
    for (const watcher of watchers) watcher.close()
  }
}
