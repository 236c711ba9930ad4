// A file that is there while something is not on the medium: pktw-inhibit@.path sees it, and keeps the machine from sleeping.
import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'

/** In the engine's runtime directory; pktw-inhibit@.path and pktw-hook know the name. */
const markName = 'dirty'

export class DirtyMark {
  readonly #file: string
  readonly #onProblem: (text: string) => void
  #there = false
  #told = false

  constructor(runtimeDir: string, onProblem: (text: string) => void) {
    this.#file = path.join(runtimeDir, markName)
    this.#onProblem = onProblem
  }

  /** Makes the file or takes it away. Never rejects: a machine that may sleep too early still has its journal. */
  async follow(dirty: boolean): Promise<void> {
    if (dirty === this.#there) return
    try {
      if (dirty) await writeFile(this.#file, '', { mode: 0o644 })
      else await rm(this.#file, { force: true })
      this.#there = dirty
    } catch (error) {
      if (!this.#told) this.#onProblem(`the machine is not kept from sleeping: ${(error as Error).message}`)
      this.#told = true
    }
  }
}
