// Sparing of a disc that is served: by its engine, and remembered in its journal.
import { blockBytes } from '../packet/drive.ts'
import type { PacketEngine } from '../packet/engine.ts'
import type { SparedDrive } from '../packet/spared-drive.ts'
import { type DiscJournal, trying } from './disc-journal.ts'
import { Sparing } from './sparing.ts'

export interface ServedSparingParts {
  drive: SparedDrive
  engine: PacketEngine
  journal: DiscJournal | undefined
  /** It outlives a power cut; otherwise no packet is replaced. */
  remembers: boolean
  say: (text: string) => void
}

export const sparingFor = ({ drive, engine, journal, remembers, say }: ServedSparingParts): Sparing =>
  new Sparing(
    {
      drive,
      say,
      disc: {
        read: trying(async (lba, blocks) => [await engine.peek(lba, blocks)]),
        write: (lba, data) => engine.write(lba * blockBytes, data, false),
        flush: () => engine.flushToMedium(),
        forget: (packet) => engine.forget(packet),
      },
      remember: async (spared) => {
        if ((!remembers || journal === undefined) && spared.length > 0)
          throw new Error('there is no durable journal')
        await journal?.rememberSpared(spared)
      },
    },
    journal?.spared ?? [],
  )
