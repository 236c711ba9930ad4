// What is in a man page, as text: its source without requests and fonts.
import { readFileSync } from 'node:fs'

const pageText = (page: string): string =>
  readFileSync(`man/${page}`, 'utf8')
    .replace(/\\-/g, '-')
    .replace(/\\f[BIR]/g, '')

/** Options that --help has and the page has not. */
export function notInPage(help: string, page: string): string[] {
  const words = new Set(pageText(page).match(/--[a-z][\w-]*/g))
  const named = help.match(/--[a-z][\w-]*/g) ?? []
  if (named.length === 0) throw new Error('there is no option in this help')
  return named.filter((word) => !words.has(word))
}
