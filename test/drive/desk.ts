// Where commands wait: for their time to be over, for the drive to answer again, for a reset.
import type { Answer, Clock } from './execute.ts'

interface Waiting {
  cdb: Buffer
  out: Buffer
  done: (answer: Answer) => void
  /** Stops its timer. Absent: it waits for the drive to answer again. */
  stop?: () => void
}

export class Desk {
  #hanging: 'no' | 'until-reset' | 'for-ever' = 'no'
  #waiting = new Set<Waiting>()
  readonly #clock: Clock
  readonly #execute: (cdb: Buffer, out: Buffer) => Answer
  readonly #onHang: (cdb: Buffer, out: Buffer) => void

  constructor(
    clock: Clock,
    execute: (cdb: Buffer, out: Buffer) => Answer,
    onHang: (cdb: Buffer, out: Buffer) => void,
  ) {
    this.#clock = clock
    this.#execute = execute
    this.#onHang = onHang
  }

  /** One command; `done` is called once, at once or later, or never while the drive hangs. Returns what cancels. */
  perform(cdb: Buffer, out: Buffer, done: (answer: Answer) => void): () => void {
    const w: Waiting = { cdb, out, done }
    this.#start(w)
    return () => {
      w.stop?.()
      this.#waiting.delete(w)
    }
  }

  hang(until: 'until-reset' | 'for-ever'): void {
    this.#hanging = until
  }

  /** Goes on with what came in meanwhile. */
  unhang(): void {
    this.#hanging = 'no'
    for (const w of [...this.#waiting].filter((x) => !x.stop)) {
      this.#waiting.delete(w)
      this.#start(w)
    }
  }

  /** Forgets every command; `power` also ends a hang that a reset does not. */
  reset(power = false): void {
    if (power || this.#hanging === 'until-reset') this.#hanging = 'no'
    for (const w of this.#waiting) w.stop?.()
    this.#waiting.clear()
  }

  #start(w: Waiting): void {
    this.#waiting.add(w)
    if (this.#hanging !== 'no') {
      this.#onHang(w.cdb, w.out)
      return
    }
    const answer = this.#execute(w.cdb, w.out)
    if (answer.hang) {
      // Only a reset gets the drive out of this one.
      w.stop = () => undefined
      return
    }
    const finish = () => {
      this.#waiting.delete(w)
      w.done(answer)
    }
    if (answer.delayMs <= 0) finish()
    else w.stop = this.#clock.later(answer.delayMs, finish)
  }
}
