// Messages for the journal, with the level in front (sd-daemon(3)). The unit's stdout goes there.

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
