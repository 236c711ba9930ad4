// An export whose every request waits until the test lets it end.
import type { Export } from '../../src/nbd/export.ts'

interface Call {
  what: 'read' | 'write' | 'flush' | 'trim' | 'settle'
  offset: number
  length: number
  end(error?: Error): void
}

export class GatedExport implements Export {
  readonly sizeBytes = 1024 * 1024 * 1024
  readonly blockSize = 2048
  readonly preferredBytes = 65_536
  readonly readOnly: boolean
  /** Every request so far, in the order of the calls. */
  readonly calls: Call[] = []
  /** Bytes of reads and writes that were started and have not ended. */
  bytesUnderWay = 0
  /** The most that ever was. */
  mostBytes = 0
  #open = false

  constructor(readOnly = false) {
    this.readOnly = readOnly
  }

  /** Everything ends, and what comes later ends at once. */
  open(): void {
    this.#open = true
    for (const call of this.calls) call.end()
  }

  /** What was called so far, in short. */
  get names(): string[] {
    return this.calls.map(({ what }) => what)
  }

  async read(offset: number, length: number): Promise<readonly Buffer[]> {
    await this.#wait('read', offset, length)
    return [Buffer.alloc(length, offset / 2048)]
  }

  write(offset: number, data: Buffer): Promise<void> {
    return this.#wait('write', offset, data.length)
  }

  flush(): Promise<void> {
    return this.#wait('flush', 0, 0)
  }

  trim(offset: number, length: number): Promise<void> {
    return this.#wait('trim', offset, length)
  }

  settle(): Promise<void> {
    return this.#wait('settle', 0, 0)
  }

  #wait(what: Call['what'], offset: number, length: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const bytes = what === 'read' || what === 'write' ? length : 0
      this.bytesUnderWay += bytes
      this.mostBytes = Math.max(this.mostBytes, this.bytesUnderWay)
      let ended = false
      const end = (error?: Error) => {
        if (!ended) this.bytesUnderWay -= bytes
        ended = true
        if (error === undefined) resolve()
        else reject(error)
      }
      this.calls.push({ what, offset, length, end })
      if (this.#open) end()
    })
  }
}
