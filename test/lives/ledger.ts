// What the blocks of one disc may be, by the promises of docs/engine.md: the judge of a life.

/** What was acknowledged at one moment. */
export interface Snapshot {
  acknowledged: Uint32Array
  exact: Uint8Array
}

export class Ledger {
  readonly blocks: number
  /** Newest version that a flush answered for: nothing older comes back. */
  readonly #floor: Uint32Array
  /** The same, of flushes that were answered when the medium had it. */
  readonly #onMedium: Uint32Array
  /** Newest version that was acknowledged. */
  readonly #acknowledged: Uint32Array
  /** Nothing older than what was acknowledged may be read. */
  readonly #exact: Uint8Array
  /** The packet was reported as lost: it may be as it was at any time, or unreadable. */
  readonly #lost: Uint8Array
  /** Of that packet, the newest version that had set out: it may be acknowledged only afterwards, and is lost as well. */
  readonly #lostUpTo: Uint32Array
  /** Versions that the block may have, ascending; only of those that may have several. */
  readonly #history = new Map<number, number[]>()

  /** A disc that nobody has written to. */
  constructor(blocks: number) {
    this.blocks = blocks
    this.#floor = new Uint32Array(blocks)
    this.#onMedium = new Uint32Array(blocks)
    this.#acknowledged = new Uint32Array(blocks)
    this.#exact = new Uint8Array(blocks).fill(1)
    this.#lost = new Uint8Array(blocks)
    this.#lostUpTo = new Uint32Array(blocks)
  }

  /** A write sets out. */
  issue(lba: number, count: number, version: number): void {
    for (let b = lba; b < lba + count; b++) {
      const history = this.#history.get(b)
      if (history === undefined) this.#history.set(b, [this.#acknowledged[b] as number, version])
      else history.push(version)
    }
  }

  /** It was acknowledged. */
  acknowledge(lba: number, count: number, version: number): void {
    for (let b = lba; b < lba + count; b++) {
      if (version < (this.#acknowledged[b] as number)) continue
      this.#acknowledged[b] = version
      if (version <= (this.#lostUpTo[b] as number)) continue
      this.#exact[b] = 1
      this.#lost[b] = 0
    }
  }

  /** What a flush that sets out now will answer for. */
  snapshot(): Snapshot {
    return { acknowledged: this.#acknowledged.slice(), exact: this.#exact.slice() }
  }

  /**
   * A flush of everything, or of `count` blocks from `lba` on, was answered: what was acknowledged before it is durable, in the journal
   * or on the medium.
   */
  flushed(before: Snapshot, where: 'journal' | 'medium', lba = 0, count = this.blocks): void {
    for (let b = lba; b < lba + count; b++) {
      const version = before.acknowledged[b] as number
      if (before.exact[b] !== 1 || this.#exact[b] !== 1) continue
      if (version > (this.#floor[b] as number)) this.#floor[b] = version
      if (where === 'medium' && version > (this.#onMedium[b] as number)) this.#onMedium[b] = version
    }
  }

  /** What only the journal had may be gone; with `all`, what a flush was answered for at any time. */
  mediumOnly(all: boolean): void {
    if (all) this.#floor.fill(0)
    else this.#floor.set(this.#onMedium)
    this.unsure()
  }

  /** What no flush answered for may be gone. */
  unsure(): void {
    this.#exact.fill(0)
  }

  /** The same, of what was not flushed: a flush was told that it may be lost. */
  unsureOfUnflushed(): void {
    for (let b = 0; b < this.blocks; b++) {
      if ((this.#acknowledged[b] as number) > (this.#floor[b] as number)) this.#exact[b] = 0
    }
  }

  /** These blocks were reported as lost. */
  lose(lba: number, count: number): void {
    for (let b = lba; b < lba + count; b++) {
      this.#floor[b] = 0
      this.#onMedium[b] = 0
      this.#exact[b] = 0
      this.#lost[b] = 1
      this.#lostUpTo[b] = this.#history.get(b)?.at(-1) ?? 0
    }
  }

  /** Whether the block may be unreadable. */
  isLost(block: number): boolean {
    return this.#lost[block] === 1
  }

  /** Blocks that may have several versions: worth reading. */
  *open(): Iterable<number> {
    yield* this.#history.keys()
  }

  /** Why the block must not be of this version; undefined: it may. */
  problem(block: number, version: number): string | undefined {
    const least = (this.#exact[block] === 1 ? this.#acknowledged : this.#floor)[block] as number
    const history = this.#history.get(block)
    if (version >= least && (history?.includes(version) ?? version === this.#acknowledged[block]))
      return undefined
    const what = this.#exact[block] === 1 ? 'acknowledged' : 'flushed'
    return `block ${block} is of write ${version}; ${what}: ${least}; it was ${history?.join(', ') ?? least}`
  }

  /** What the block is from now on, for good: nothing of its past may come back. */
  settle(block: number, version: number): void {
    this.#floor[block] = version
    this.#onMedium[block] = version
    this.#acknowledged[block] = version
    this.#exact[block] = 1
    this.#lost[block] = 0
    this.#history.delete(block)
  }
}
