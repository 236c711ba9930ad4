// How far something is, from how much is left at which time.

export interface Sample {
  /** ms */
  at: number
  /** Bytes still to be written; undefined when that is not known. */
  left: number | undefined
}

export interface Progress {
  /** 0 to 1; -1 when it is not known. */
  progress: number
  /** Bytes; undefined when it is not known. */
  left: number | undefined
  /** Bytes a second; 0 when it is not known. */
  rate: number
  /** ms since 1970; 0 when there is no estimate. */
  end: number
}

/** The rate is that of the last while: a drive that spins up or retries must not spoil it for good. */
const windowMs = 10_000

export const unknown: Progress = { progress: -1, left: undefined, rate: 0, end: 0 }

/**
 * Samples in their order, the first from the beginning; those in which nothing was known say nothing. `now` on the same clock, in ms since
 * 1970.
 */
export function progressOf(samples: readonly Sample[]): Progress {
  const last = samples.at(-1)
  if (last?.left === undefined) return unknown
  const known = samples.flatMap(({ at, left }) => (left === undefined ? [] : [{ at, left }]))
  const most = Math.max(0, ...known.map(({ left }) => left))
  if (most === 0) return { ...unknown, left: 0 }
  const since = known.find(({ at }) => last.at - at <= windowMs) ?? { at: last.at, left: last.left }
  const seconds = (last.at - since.at) / 1000
  const rate = seconds <= 0 ? 0 : Math.max(0, Math.round((since.left - last.left) / seconds))
  return {
    progress: (most - last.left) / most,
    left: last.left,
    rate,
    end: rate === 0 ? 0 : Math.round(last.at + (last.left / rate) * 1000),
  }
}
