// Losses that this user knows of, for as long as the login lasts: a file in $XDG_RUNTIME_DIR, since the session's program may be started anew.
import { appendFile, mkdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import type { Loss } from '../packet/status.ts'

const keyOf = ({ lba, at }: Loss): string => `${lba} ${at}`

export class ToldLosses {
  readonly #file: string
  readonly #keys = new Set<string>()

  /** `runtimeDir`: the user's own, $XDG_RUNTIME_DIR. */
  constructor(runtimeDir: string) {
    this.#file = path.join(runtimeDir, 'pktw-session', 'told-losses')
  }

  /** What was told before this process began; a file that cannot be read has it told once more. */
  async load(): Promise<void> {
    const text = await readFile(this.#file, 'utf8').catch(() => '')
    for (const line of text.split('\n')) this.#keys.add(line)
  }

  has(loss: Loss): boolean {
    return this.#keys.has(keyOf(loss))
  }

  async add(losses: readonly Loss[]): Promise<void> {
    const keys = losses.map(keyOf)
    for (const key of keys) this.#keys.add(key)
    // This process does not tell them again in any case.
    await mkdir(path.dirname(this.#file), { recursive: true, mode: 0o700 }).catch(() => undefined)
    const lines = keys.map((key) => `${key}\n`).join('')
    await appendFile(this.#file, lines, { mode: 0o600 }).catch(() => undefined)
  }
}
