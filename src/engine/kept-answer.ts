// An answer for anybody who asks, made no more often than needed: whoever may connect must not be able to keep the engine busy.

/** ms for which an answer is given again. */
const keptMs = 1_000

/**
 * Gives what `make` made, for a second. What `urgent` gives is looked at each time, so it must cost nothing; when that has changed the
 * answer is made anew: nobody hears that everything is on the disc when something is not any more.
 */
export function keptAnswer<T>(parts: { now: () => number; make: () => T; urgent: () => string }): () => T {
  const { now, make, urgent } = parts
  let kept: { answer: T; at: number; urgent: string } | undefined
  return () => {
    const at = now()
    const what = urgent()
    // A clock that goes backwards keeps nothing.
    if (kept === undefined || kept.urgent !== what || at < kept.at || at - kept.at >= keptMs)
      kept = { answer: make(), at, urgent: what }
    return kept.answer
  }
}
