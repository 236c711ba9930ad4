// Messages for the journal, with the level in front (sd-daemon(3)). The unit's stdout goes there.
import { writeSync } from 'node:fs'

const line = (level: number, text: string): void => {
  writeSync(
    1,
    text
      .trimEnd()
      .split('\n')
      .map((l) => `<${level}>${l}\n`)
      .join(''),
  )
}

export const log = {
  error: (text: string) => line(3, text),
  warning: (text: string) => line(4, text),
  info: (text: string) => line(6, text),
}
