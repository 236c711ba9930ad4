// Names that something has until it is complete, beside the place where it belongs.
import path from 'node:path'

let made = 0

/** A name beside `target` that nothing else has: `/etc/.fstab.pktw-4711-1`. */
export const temporaryName = (target: string): string =>
  path.join(path.dirname(target), `.${path.basename(target)}.pktw-${process.pid}-${++made}`)

/** The name that a temporary one was to become; undefined when it is none of ours. */
export const intendedName = (name: string): string | undefined =>
  /^\.(.+)\.pktw-[0-9]+-[0-9]+$/.exec(name)?.[1]
