// The UDF file system for each medium, as options of mkudffs(8).
import type { Medium } from '../settings/settings.ts'

/** mkudffs knows no DVD+RW and no BD-RE. --media-type goes first: it sets what --udfrev is then checked against. */
const types: Record<Medium, readonly string[]> = {
  // Both with sparing tables: the medium wears, and the drive has no spare areas.
  'cd-rw': ['--media-type=cdrw'],
  'dvd-rw': ['--media-type=dvdrw'],
  'dvd+rw': ['--media-type=dvdrw'],
  'dvd-ram': ['--media-type=dvdram'],
  // As a hard disk, without the partition table that it would get: the kernel would look for partitions.
  'bd-re': ['--media-type=hd', '--bootarea=erase'],
}

/** Revision 2.01: the newest that Linux writes. */
export const mkudffsOptions = (medium: Medium): string[] => [...types[medium], '--udfrev=2.01']

/** Characters that a volume label may have: the shortest of its fields has 30 bytes for one copy of it, the longest 127. */
const longest = 60

/** Why it cannot be a volume label; undefined when it can. */
export function labelProblem(label: string): string | undefined {
  if (label.trim() === '') return 'it is empty'
  if (label.length > longest) return `it has ${label.length} characters, and at most ${longest} fit`
  // A file manager shows it, a mount point is named after it.
  if (/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}/]/u.test(label)) return 'it has a slash or a character that cannot be shown'
  return undefined
}
