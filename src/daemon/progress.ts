// How far something is, from how much is left at which time.

export interface Sample {
  /** ms */
  at: number
  /** Bytes still to be written. */
  left: number
}

export interface Progress {
  /** 0 to 1; -1 when it is not known. */
  progress: number
  left: number
  /** Bytes a second; 0 when it is not known. */
  rate: number
  /** ms since 1970; 0 when there is no estimate. */
  end: number
}

/** The rate is that of the last while: a drive that spins up or retries must not spoil it for good. */
const windowMs = 10_000

export const unknown: Progress = { progress: -1, left: 0, rate: 0, end: 0 }

/** Samples in their order, the first from the beginning. `now` on the same clock, in ms since 1970. */
export function progressOf(samples: readonly Sample[]): Progress {
  const most = Math.max(0, ...samples.map(({ left }) => left))
  const last = samples.at(-1)
  if (last === undefined || most === 0) return unknown
  const since = samples.find(({ at }) => last.at - at <= windowMs) ?? last
  const seconds = (last.at - since.at) / 1000
  const rate = seconds <= 0 ? 0 : Math.max(0, Math.round((since.left - last.left) / seconds))
  return {
    progress: (most - last.left) / most,
    left: last.left,
    rate,
    end: rate === 0 ? 0 : Math.round(last.at + (last.left / rate) * 1000),
  }
}
