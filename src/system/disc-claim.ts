// Whether what the engine counts is all that was written to a disc since it came: its counters begin anew with each engine. The hooks
// keep it in /run/pktw/claims, a file for each drive with the DISKSEQ of the disc that was last claimed and one of these words.

/**
 * `first`: one engine has had it, which runs or ended without having told; `again`: several; `clean`: those there were have
 * ended, and none was ever asked to write.
 */
export type DiscClaim = 'first' | 'again' | 'clean'

export const discClaimPath = (drive: string): string => `/run/pktw/claims/${drive}`

/** What a file says of this disc; undefined when it was never claimed. What is not understood may be of this disc. */
export function parseDiscClaim(text: string | undefined, diskseq: string): DiscClaim | undefined {
  if (text === undefined) return undefined
  const [, of, word] = /^([0-9]+) (first|again|clean)\n$/.exec(text) ?? []
  if (of === undefined) return 'again'
  return of === diskseq ? (word as DiscClaim) : undefined
}

export const formatDiscClaim = (diskseq: string, claim: DiscClaim): string => `${diskseq} ${claim}\n`

/** What it is once another engine is to have the disc. */
export const claimedAgain = (before: DiscClaim | undefined): DiscClaim =>
  before === undefined || before === 'clean' ? 'first' : 'again'

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

/** An engine's status that says that it was never asked to write; anything that is not understood does not say so. */
export function neverWritten(status: unknown): boolean {
  if (!isObject(status) || !isObject(status.stats) || !isObject(status.stats.requests)) return false
  const { packetsWritten, dirty, requests } = status.stats
  return packetsWritten === 0 && dirty === 0 && requests.writes === 0
}
