// One after the other, in the order of the calls.

/** Runs jobs singly. A job that fails does not stop those behind it. */
export class SerialQueue {
  #tail: Promise<unknown> = Promise.resolve()

  /** Runs `job` when all jobs before it have ended; gives its result. */
  run<T>(job: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(job)
    this.#tail = result.catch(() => undefined)
    return result
  }
}
