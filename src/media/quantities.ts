// Figures as people read them: decimal bytes as on a disc's box, multiples of the medium's single speed, minutes.
import type { Medium } from '../settings/settings.ts'

/** Decimal: `812 B`, `66 kB`, `4.2 MB`, `700 MB`, `4.7 GB`. */
export function bytesText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  if (bytes < 999_500) return `${Math.round(bytes / 1e3)} kB`
  if (bytes < 9.95e6) return `${(bytes / 1e6).toFixed(1)} MB`
  return bytes < 999.5e6 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`
}

export const sizeText = (blocks: number): string => bytesText(blocks * 2048)

/** kB/s of 1x as drives report it (MMC-6: a CD's is that of audio sectors). */
const single: Record<Medium, number> = {
  'cd-rw': 176.4,
  'dvd-rw': 1385,
  'dvd+rw': 1385,
  'dvd-ram': 1385,
  'bd-re': 4495.5,
}

/** `5540 kB/s (4x)`; one decimal where it is no whole multiple, as DVD's 2.4x. */
export function speedText(kilobytes: number, medium: Medium): string {
  const times = Math.round((kilobytes / single[medium]) * 10) / 10
  return Number.isFinite(times)
    ? `${Math.round(kilobytes)} kB/s (${times}x)`
    : `${Math.round(kilobytes)} kB/s`
}

/** The two largest units: `40 s`, `12 min`, `3 h 5 min`, `2 d 4 h`. */
export function durationText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const minutes = Math.floor(seconds / 60)
  const hours = Math.floor(minutes / 60)
  if (minutes === 0) return `${seconds} s`
  if (hours === 0) return `${minutes} min`
  return hours < 24 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`
}

/** `1 packet`, `12 packets`. */
export const countText = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`
