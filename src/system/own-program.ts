// Whether the program that runs is still the one that is installed: whoever replaces files ends nothing.
import { statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Gives what says whether the first file is gone, or any of them another one than it is now. */
export function watchInstalled(...urls: (string | URL)[]): () => 'same' | 'replaced' | 'gone' {
  const stampOf = (url: string | URL): string => {
    try {
      const { dev, ino, mtimeMs } = statSync(fileURLToPath(url))
      return [dev, ino, mtimeMs].join(' ')
    } catch {
      return ''
    }
  }
  const first = urls.map(stampOf)
  return () => {
    const now = urls.map(stampOf)
    if (now.every((stamp, i) => stamp === first[i])) return 'same'
    return now[0] === '' ? 'gone' : 'replaced'
  }
}
