// A disk for a journal, in memory, whose power can be cut: what was not synchronised is there in part or not at all.
import type { JournalStore } from '../../src/packet/journal.ts'
import type { JournalFile } from '../../src/packet/recovery.ts'

export class PowerCut extends Error {}

export class MemoryStore implements JournalStore {
  readonly #files = new Map<number, { data: Buffer; durable: number; named: boolean }>()
  /** Called before each step; throws PowerCut when it is the last one. */
  readonly #step: () => void

  constructor(step: () => void = () => undefined) {
    this.#step = step
  }

  async append(segment: number, pieces: readonly Buffer[]): Promise<void> {
    await undefined
    this.#step()
    const file = this.#files.get(segment)
    const data = Buffer.concat([file?.data ?? Buffer.alloc(0), ...pieces])
    if (file === undefined) this.#files.set(segment, { data, durable: data.length, named: false })
    else file.data = data
  }

  async synchronize(segment: number): Promise<void> {
    await undefined
    this.#step()
    const file = this.#files.get(segment)
    if (file === undefined) return
    file.durable = file.data.length
    file.named = true
  }

  async read(segment: number): Promise<Buffer> {
    await undefined
    return this.#files.get(segment)?.data ?? Buffer.alloc(0)
  }

  async remove(segments: readonly number[]): Promise<void> {
    await undefined
    this.#step()
    for (const segment of segments) this.#files.delete(segment)
  }

  /** As a process finds it that comes after one that was killed. */
  files(): JournalFile[] {
    return [...this.#files].sort(([a], [b]) => a - b).map(([segment, { data }]) => ({ segment, data }))
  }

  /** As the next start of the machine finds it; `random` gives numbers from 0 to 1. */
  afterPowerCut(random: () => number): JournalFile[] {
    return this.files().flatMap(({ segment, data }) => {
      const { durable, named } = this.#files.get(segment) as { durable: number; named: boolean }
      const kept = durable + Math.floor(random() * (data.length - durable + 1))
      // A file whose name never reached the disk.
      if (!named && random() < 0.5) return []
      const left = Buffer.from(data.subarray(0, kept))
      // Its last page is there, with anything in it.
      if (kept > durable && random() < 0.3) left.fill(random() * 256, Math.max(durable, kept - 100))
      return [{ segment, data: left }]
    })
  }
}
