// The disc as the kernel's NBD client gets it: what is written where a spare packet is in use lays out the disc anew.
import type { Export } from '../nbd/export.ts'
import type { PacketEngine } from '../packet/engine.ts'
import type { Sparing } from './sparing.ts'

/** The engine's own export, but for writes that `sparing` has to know of first. */
export function sparedExport(engine: PacketEngine, sparing: Sparing): Export {
  const { sizeBytes, blockSize, preferredBytes, readOnly } = engine
  return {
    ...{ sizeBytes, blockSize, preferredBytes, readOnly },
    read: (offset, length) => engine.read(offset, length),
    write(offset, data, fua) {
      const first = Math.floor(offset / preferredBytes)
      const end = Math.ceil((offset + data.length) / preferredBytes)
      const before = sparing.beforeWrite(first, end)
      // Without a detour: requests go in the order in which they come.
      if (before === undefined) return engine.write(offset, data, fua)
      return before.then(() => engine.write(offset, data, fua))
    },
    flush: () => engine.flush(),
    trim: (offset, length) => engine.trim(offset, length),
    settle: () => engine.settle(),
  }
}
