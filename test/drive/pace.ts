// The time that the medium takes. A drive answers a WRITE as soon as the data is in its buffer, and writes meanwhile; with the buffer
// full it answers no faster than the medium turns. Reading keeps the medium from writing.

/** What a command gave the medium to do. */
export interface Work {
  /** Bytes to read from it, and to write to it. */
  read: number
  written: number
  /** The answer says that everything is on the medium. */
  flushed: boolean
}

/** In bytes per second, and the bytes of the buffer. */
interface Speed {
  reading: number
  writing: number
  buffer: number
}

/** 0 for no bytes, though a disc may have no speed. */
const msFor = (bytes: number, perSecond: number): number => (bytes === 0 ? 0 : (bytes / perSecond) * 1000)

export class Pace {
  /** When the medium will have done all that it was given, on the drive's clock. */
  #doneAt = 0

  /** ms until the answer goes out, if the command began `now`. */
  take(now: number, work: Work, speed: Speed): number {
    const reading = msFor(work.read, speed.reading)
    this.#doneAt = Math.max(this.#doneAt, now) + reading + msFor(work.written, speed.writing)
    if (work.flushed) return this.#doneAt - now
    if (work.written === 0) return reading
    return Math.max(0, this.#doneAt - now - msFor(speed.buffer, speed.writing))
  }

  /** ms that the medium is still busy for. */
  left(now: number): number {
    return Math.max(0, this.#doneAt - now)
  }
}
