// Where the template sources are: next to the bundled program, or at the top of the checkout.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Template, Templates } from './render.ts'

/** The directory of the templates that came with the program. Throws when the installation lacks it. */
export function templatesDirectory(): string {
  const here = path.dirname(fileURLToPath(import.meta.url))
  const found = ['templates', '../../templates'].map((d) => path.resolve(here, d)).find((d) => existsSync(d))
  if (found === undefined) throw new Error(`the templates are missing; they belong beside ${here}`)
  return found
}

/** Throws with the path, which the errors of read(2) lack. */
function readText(file: string): string {
  try {
    // A FIFO would have us wait for who writes.
    if (!statSync(file).isFile()) throw new Error('it is not a regular file')
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw Object.assign(error as Error, { path: file })
  }
}

/**
 * All templates by name (`udev/61-pktw.rules`, the path without `.hbs`). A file of the same name in a later
 * directory takes the place of an earlier one; a directory that is not there is skipped.
 */
export function loadTemplates(directories: readonly string[] = [templatesDirectory()]): Templates {
  const templates = new Map<string, Template>()
  for (const directory of directories.filter((d) => existsSync(d))) {
    const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((f) =>
      f.endsWith('.hbs'),
    )
    for (const file of files.sort()) {
      const whole = path.join(directory, file)
      const name = file.slice(0, -'.hbs'.length).split(path.sep).join('/')
      templates.set(name, { name, file: whole, text: readText(whole) })
    }
  }
  return templates
}
