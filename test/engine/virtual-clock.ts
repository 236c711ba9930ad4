// Time of engine and drive together, which passes only while the drive is waited for: minutes of it cost nothing.
import type { Clock } from '../../src/mmc/clock.ts'
import type { Clock as DriveClock } from '../drive/execute.ts'

interface Timer {
  at: number
  fn: () => void
  /** Nobody waits for it: a loop that looks after things now and then. */
  background: boolean
}

export class VirtualClock implements Clock, DriveClock {
  #time = 0
  #timers: Timer[] = []
  readonly #background: readonly number[]

  readonly #realLimitMs: number

  /**
   * `background`: sleeps of just so many ms are those of loops that go on for ever. `realLimitMs`: ms that a machine may take for what
   * is not waiting for the drive, before that is an error.
   */
  constructor(background: readonly number[], realLimitMs = 10_000) {
    this.#background = background
    this.#realLimitMs = realLimitMs
  }

  now(): number {
    return this.#time
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.#add(ms, resolve, this.#background.includes(ms)))
  }

  later(ms: number, fn: () => void): () => void {
    const timer = this.#add(ms, fn, false)
    return () => {
      this.#timers = this.#timers.filter((t) => t !== timer)
    }
  }

  /**
   * Lets time pass until the promise settles; gives how long that took, ms. With `idle` it passes also when only
   * background loops wait. Throws when it takes longer than `limitMs`.
   */
  async until(promise: Promise<unknown>, limitMs: number, idle = false): Promise<number> {
    const from = this.#time
    const realFrom = performance.now()
    let settled = false
    const done = () => {
      settled = true
    }
    promise.then(done, done)
    while (!settled) {
      // What the last step set going gets as far as it can by itself.
      await new Promise((resolve) => setImmediate(resolve))
      if (settled) break
      // Nothing but files and sockets to wait for, which take time of their own.
      if (!this.#step(idle)) await new Promise((resolve) => setTimeout(resolve, 0))
      if (performance.now() - realFrom > this.#realLimitMs) throw new Error('nothing happens any more')
      if (this.#time - from > limitMs) throw new Error(`not ended after ${(this.#time - from) / 1000} s`)
    }
    return this.#time - from
  }

  #add(ms: number, fn: () => void, background: boolean): Timer {
    const timer = { at: this.#time + ms, fn, background }
    this.#timers.push(timer)
    return timer
  }

  /** To the next timer that somebody waits for, and what is due until then. False: nobody waits. */
  #step(idle: boolean): boolean {
    const awaited = this.#timers.filter((t) => idle || !t.background)
    if (awaited.length === 0) return false
    this.#time = Math.max(this.#time, Math.min(...awaited.map((t) => t.at)))
    const due = this.#timers.filter((t) => t.at <= this.#time).sort((a, b) => a.at - b.at)
    this.#timers = this.#timers.filter((t) => t.at > this.#time)
    for (const { fn } of due) fn()
    return true
  }
}
