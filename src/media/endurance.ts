// How long a medium lasts.

/** Writes that a packet stands, by what makers say. */
const stands: Partial<Record<string, number>> = {
  'cd-rw': 1000,
  'dvd-rw': 1000,
  'dvd+rw': 1000,
  'dvd-ram': 100_000,
  'bd-re': 10_000,
}

/** A tenth of its life is left to a packet that was written so often, or blocks have gone bad: time to copy the files. */
export const isWorn = (medium: string, hottestWrites: number, badBlocks: number): boolean =>
  badBlocks > 0 || hottestWrites >= (stands[medium] ?? 1000) * 0.9
