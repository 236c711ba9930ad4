// The same again every few seconds, until Ctrl-C: in place on a terminal, one after the other anywhere else.
import { setTimeout as sleep } from 'node:timers/promises'
import { diagnose } from '../diagnostics/catalogue.ts'
import { exit, Stop } from '../diagnostics/stop.ts'

/** s between two looks, unless told. */
const usual = 2

/** What --watch was given, in s. Throws Stop for anything but 0.5 to 86400. */
export function watchSeconds(text: string): number {
  const seconds = text === '' ? usual : Number(text)
  if (seconds >= 0.5 && seconds <= 86_400) return seconds
  const why = `--watch takes seconds from 0.5 to 86400, not "${text}"`
  throw new Stop([diagnose('cli.usage', { why, command: 'pktw status' })], exit.trouble)
}

/** As much of a terminal as this needs. */
interface Output {
  rows?: number
  columns?: number
  write(text: string): unknown
}

const toScreen = '\x1b[?1049h\x1b[?25l'
const fromScreen = '\x1b[?25h\x1b[?1049l'

/** The text from the upper left corner on, cut to the terminal, with nothing left of the text before. */
function frame(text: string, rows: number, columns: number): string {
  const lines = text.split('\n').slice(0, Math.max(1, rows - 1))
  return `\x1b[H${lines.map((line) => `${line.slice(0, columns)}\x1b[K\n`).join('')}\x1b[J`
}

/**
 * Writes what `produce` gives, every `seconds`, until SIGINT or SIGTERM. `inPlace`: on a screen of its own of the
 * terminal, and the last text is left behind. Rejects as `produce` does.
 */
export async function watch(
  seconds: number,
  produce: () => Promise<string>,
  { inPlace, out = process.stdout }: { inPlace: boolean; out?: Output },
): Promise<void> {
  const abort = new AbortController()
  const end = (): void => abort.abort()
  process.on('SIGINT', end).on('SIGTERM', end)
  let last = ''
  if (inPlace) out.write(toScreen)
  try {
    while (!abort.signal.aborted) {
      const text = await produce()
      // Ctrl-C ends the programs that were being asked as well: what they left out is no news.
      if (abort.signal.aborted) break
      last = text
      // A terminal that does not know its size says 0.
      out.write(inPlace ? frame(text, out.rows || 24, out.columns || 80) : `${text}\n`)
      await sleep(seconds * 1000, undefined, { signal: abort.signal }).catch(() => undefined)
    }
  } finally {
    process.off('SIGINT', end).off('SIGTERM', end)
    if (inPlace) out.write(`${fromScreen}${last === '' ? '' : `${last}\n`}`)
  }
}
