// Which writing speed to ask for: the fastest that the drive lists for the disc, not above the wish, of what is plausible at all.
// Lists hold CD speeds for a DVD, zeros, and nothing (quirk 22); a request beyond the list is obeyed and ruins the disc (21).
import type { Medium, Speed } from '../settings/settings.ts'

/** kB/s of 1x, and how many times that the fastest disc of the kind takes. */
const single: Record<Medium, { kB: number; most: number }> = {
  'cd-rw': { kB: 176.4, most: 32 },
  'dvd-rw': { kB: 1385, most: 6 },
  'dvd+rw': { kB: 1385, most: 8 },
  'dvd-ram': { kB: 1385, most: 16 },
  'bd-re': { kB: 4495.5, most: 2 },
}

/** Drives round: 4x CD is told as 704, 705, 706. */
const tolerance = 1.01

/** The medium can be written so fast, as far as its kind goes. 0.5x is for DVD-RAM, whose 1x discs some drives tell so. */
const possible = (medium: Medium, kB: number): boolean => {
  const times = kB / single[medium].kB
  return times * tolerance >= 0.5 && times <= single[medium].most * tolerance
}

/** A multiple of 1x as discs are sold: CD speeds in a DVD's list are 1.9 % beside every one of them. */
const ofItsKind = (medium: Medium, kB: number): boolean => {
  const times = kB / single[medium].kB
  return [Math.round(times), 2.4].some((n) => n > 0 && times <= n * tolerance && times * tolerance >= n)
}

/**
 * kB/s to ask for; undefined when nothing that the drive listed is plausible. `listed` is for the disc that is in, from GET PERFORMANCE;
 * `page` is from mode page 2Ah, which many drives fill with CD speeds whatever is in, and counts only without the other.
 */
export function chooseSpeed(
  medium: Medium,
  wish: Speed,
  listed: readonly number[],
  page: readonly number[],
): number | undefined {
  const told = listed.filter((kB) => possible(medium, kB))
  const speeds = told.length > 0 ? told : page.filter((kB) => possible(medium, kB) && ofItsKind(medium, kB))
  if (speeds.length === 0) return undefined
  const limit = wish === 'max' ? Number.POSITIVE_INFINITY : wish * single[medium].kB * tolerance
  const within = speeds.filter((kB) => kB <= limit)
  // A disc that cannot be written as slowly as is wished is written as slowly as it can.
  return within.length > 0 ? Math.max(...within) : Math.min(...speeds)
}

/** "4x (706 kB/s)" */
export const speedText = (medium: Medium, kB: number): string =>
  `${Number((kB / single[medium].kB).toFixed(1))}x (${kB} kB/s)`
