// All commands by operation code, from one file a group.
import type { Drive } from '../drive.ts'
import { capacity } from './capacity.ts'
import { close } from './close.ts'
import { configuration } from './configuration.ts'
import { discInformation } from './disc-information.ts'
import { events } from './events.ts'
import { format } from './format.ts'
import { inquiry } from './inquiry.ts'
import { loading } from './loading.ts'
import { mode } from './mode.ts'
import { performance } from './performance.ts'
import { read } from './read.ts'
import { structure } from './structure.ts'
import { toc } from './toc.ts'
import { write } from './write.ts'

export interface CommandEntry {
  /** Does it. Returns the data for the host, already cut to the allocation length. Throws CheckCondition. */
  run: (drive: Drive, cdb: Buffer, out: Buffer) => Buffer | undefined
  /** Answers although a unit attention is pending, and leaves it (SPC-4 §5.7.3, MMC-6 §4.1.6). */
  pastAttention?: true
  /** Answers while a long operation runs. */
  whileBusy?: true
  /** Bytes the host must send, from the CDB. */
  dataOut?: (cdb: Buffer) => number
}

export type CommandGroup = Record<number, CommandEntry>

const groups: CommandGroup[] = [
  inquiry,
  configuration,
  mode,
  events,
  loading,
  discInformation,
  toc,
  capacity,
  structure,
  performance,
  read,
  write,
  format,
  close,
]

let table: Map<number, CommandEntry> | undefined

/** Lookup by operation code; built when first asked, since the groups import the drive's types and it imports them. */
export const commands = {
  get(opcode: number): CommandEntry | undefined {
    table ??= new Map(
      groups.flatMap((g) => Object.entries(g).map(([code, entry]) => [Number(code), entry] as const)),
    )
    return table.get(opcode)
  },
}
