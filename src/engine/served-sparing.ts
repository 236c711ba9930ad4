// Sparing of a disc that is served: by its engine, and remembered in its journal.
import { blockBytes } from '../packet/drive.ts'
import type { PacketEngine } from '../packet/engine.ts'
import type { SparedDrive } from '../packet/spared-drive.ts'
import { type DiscJournal, trying } from './disc-journal.ts'
import { Sparing } from './sparing.ts'

export interface ServedSparingParts {
  drive: SparedDrive
  engine: PacketEngine
  /** One that outlives a power cut; without it no packet is replaced. */
  journal: DiscJournal | undefined
  say: (text: string) => void
}

export const sparingFor = ({ drive, engine, journal, say }: ServedSparingParts): Sparing =>
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
        if (journal === undefined) throw new Error('there is no durable journal')
        await journal.rememberSpared(spared)
      },
    },
    journal?.spared ?? [],
  )
