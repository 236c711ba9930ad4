// Whether the program that runs is still the one that is installed: a package manager replaces files, and ends nothing.
import { statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Gives what says whether the file of this URL is gone, or another one than it is now. */
export function watchProgram(url: string): () => 'same' | 'replaced' | 'gone' {
  const stamp = (): string | undefined => {
    try {
      const { dev, ino, mtimeMs } = statSync(fileURLToPath(url))
      return [dev, ino, mtimeMs].join(' ')
    } catch {
      return undefined
    }
  }
  const first = stamp()
  return () => {
    const now = stamp()
    return now === first ? 'same' : now === undefined ? 'gone' : 'replaced'
  }
}
