// Messages for the journal, with the level in front (sd-daemon(3)). A unit's stdout goes there.
import { writeSync } from 'node:fs'

export interface Log {
  error(text: string): void
  warning(text: string): void
  info(text: string): void
}

/** A Log whose lines go to `write`, each with its level, several for a text of several lines. */
export function journalLog(write: (line: string) => void): Log {
  const at = (level: number) => (text: string) => {
    for (const line of text.trimEnd().split('\n')) write(`<${level}>${line}\n`)
  }
  return { error: at(3), warning: at(4), info: at(6) }
}

/** The journal, by way of stdout. */
export const log: Log = journalLog((line) => {
  try {
    writeSync(1, line)
  } catch {
    // Nobody listens any more; the disc is more important than what is said about it.
  }
})

/**
 * Passes on `most` texts in `perMs` ms and counts the rest, which it tells before the next one: a bad disc must not
 * fill the journal.
 */
export function limited(
  write: (text: string) => void,
  now: () => number,
  most = 10,
  perMs = 60_000,
): (text: string) => void {
  let began = Number.NEGATIVE_INFINITY
  let written = 0
  let dropped = 0
  return (text) => {
    if (now() - began >= perMs) {
      began = now()
      written = 0
    }
    if (written >= most) {
      dropped++
      return
    }
    written++
    if (dropped > 0) write(`${dropped} more such messages were left out`)
    dropped = 0
    write(text)
  }
}
