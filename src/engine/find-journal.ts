// Which journal belongs to the disc in the drive: none, the one that a dead engine left a moment ago, or the one that a
// power cut or a pulled plug left, perhaps weeks ago. docs/engine.md has the table.
//
// What cannot be read is unknown. It ends the start: a disc that was served without its journal would have newer data when
// that journal can be read again.
import path from 'node:path'
import { $ZodError } from 'zod/v4/core'
import { diagnose } from '../diagnostics/catalogue.ts'
import type { Clock } from '../mmc/clock.ts'
import { DamagedJournal, type JournalContents, readJournal, versionsOf } from '../packet/recovery.ts'
import { compareDisc, type Likeness } from '../packet/witness.ts'
import type { Log } from '../system/journal.ts'
import { StartError } from './identify.ts'
import type { JournalDisk } from './journal-disk.ts'
import { isMissing, JournalFiles } from './journal-files.ts'
import {
  type DiscHere,
  hasStayed,
  isElsewhere,
  isSameKind,
  type JournalState,
  parseJournalState,
} from './journal-state.ts'

export interface JournalPlace extends DiscHere {
  disk: JournalDisk
  /** Directory with one directory a journal; made when it does not exist. */
  dir: string
  clock: Clock
  log: Log
}

/**
 * `resumed`: the engine died, the disc is still in. `recovered`: the disc has come back, and nobody else wrote it.
 */
export interface FoundJournal {
  origin: 'resumed' | 'recovered'
  name: string
  files: JournalFiles
  contents: JournalContents
  state: JournalState
}

export interface Search {
  found: FoundJournal | undefined
  /** The highest of all journals that were read; 0 for those of format 1. */
  generation: number
}

/** A disk or a drive that fails for a moment is asked again, so many times, with a pause of so many ms. */
const tries = 4
const pauseMs = 500

const writtenAnew = 'the disc was written anew by another program since'

type Verdict =
  | { is: 'ours'; found: FoundJournal }
  /** Set aside, for this reason. */
  | { is: 'useless'; why: string }
  /** Nothing in it was promised to anybody, and nobody can use it. */
  | { is: 'worthless'; files: JournalFiles }
  | { is: 'not ours' }

/**
 * Finds the journal of the disc. Whatever is moved or removed is so before this resolves, durably. Rejects with StartError when a
 * journal cannot be read, when it cannot be told whether one is the disc's, or when one cannot be moved out of the way; with
 * BlockError when it was the drive that failed.
 */
export async function findJournal(place: JournalPlace): Promise<Search> {
  const search: Search = { found: undefined, generation: 0 }
  const aside: { name: string; why: string }[] = []
  const names = await patiently(place, place.dir, () => place.disk.readdir(place.dir))
  for (const name of names.filter((n) => !n.startsWith('kept-')).sort()) {
    const read = await readOne(place, name)
    if (read === undefined) continue
    if ('damage' in read) {
      aside.push({ name, why: read.damage })
      continue
    }
    search.generation = Math.max(search.generation, read.state.generation ?? 0)
    const verdict = await judge(place, name, read)
    if (verdict.is === 'useless') aside.push({ name, why: verdict.why })
    else if (verdict.is === 'worthless') await verdict.files.close(true).catch(() => undefined)
    else if (verdict.is === 'ours') {
      const { kept, older } = newerOf(search.found, verdict.found)
      search.found = kept
      aside.push(...older)
    }
  }
  for (const { name, why } of aside) await keepAside(place, name, why)
  return search
}

/** Undefined: no journal, an empty one, or one that another engine is removing. */
async function readOne(
  place: JournalPlace,
  name: string,
): Promise<{ damage: string } | Omit<FoundJournal, 'origin' | 'name'> | undefined> {
  const { disk, dir } = place
  const files = new JournalFiles(disk, path.join(dir, name))
  const read = await patiently(place, path.join(dir, name), () =>
    files.readAll().catch((error: unknown) => {
      // A file that is no journal, or a journal that another engine is removing.
      if (isMissing(error)) return undefined
      throw error
    }),
  )
  if (read === undefined) return undefined
  try {
    const contents = readJournal(read)
    if (contents.state === undefined) {
      // Perhaps of an engine that has nothing to keep just now, and goes on in it: never with a file in it.
      await disk.rmdir(path.join(dir, name)).catch(() => undefined)
      return undefined
    }
    return { files, contents, state: parseJournalState(contents.state) }
  } catch (error) {
    if (!(error instanceof DamagedJournal || error instanceof $ZodError)) throw error
    return { damage: `it cannot be read (${error.message.split('\n')[0]})` }
  }
}

async function judge(
  place: JournalPlace,
  name: string,
  read: Omit<FoundJournal, 'origin' | 'name'>,
): Promise<Verdict> {
  const { files, contents, state } = read
  const at = path.join(place.dir, name)
  if (isElsewhere(state, place)) return { is: 'not ours' }
  const isEmpty = contents.blocks.length === 0 && contents.untold.length === 0
  if (isEmpty && state.spared === undefined) return { is: 'worthless', files }
  if (!isSameKind(state, place)) return { is: 'not ours' }
  const stayed = hasStayed(state, place)
  if (stayed && place.attached === true) return { is: 'ours', found: { origin: 'resumed', name, ...read } }
  const likeness = await compare(place, state, contents)
  switch (likeness) {
    case 'same':
      return { is: 'ours', found: { origin: stayed ? 'resumed' : 'recovered', name, ...read } }
    case 'changed':
      return { is: 'useless', why: 'the disc was written elsewhere since, so what is in it is out of date' }
    case 'nameless':
    case 'named since':
      if (stayed && likeness === 'named since') return { is: 'useless', why: writtenAnew }
      if (stayed || state.format === 1 || state.known === true)
        return { is: 'useless', why: 'nothing on its disc told that disc from others' }
      place.log.warning(
        `${place.drive}: a journal of a disc without a file system is removed from ${at}: it had nothing that a flush was answered for`,
      )
      return { is: 'worthless', files }
    case 'other':
      if (stayed) return { is: 'useless', why: writtenAnew }
      place.log.warning(
        `${place.drive}: the journal in ${at} is for another disc of this kind and size, and waits for it`,
      )
      return { is: 'not ours' }
    case 'unknown':
      throw new StartError(diagnose('engine.disc-unknown', { device: place.drive, dir: at }))
  }
}

/** Blocks that cannot be read are asked for again before they count as unknown. */
async function compare(
  { disc, read, clock }: JournalPlace,
  state: JournalState,
  contents: JournalContents,
): Promise<Likeness> {
  const versions = versionsOf(contents)
  for (let left = tries - 1; ; left--) {
    const { likeness, unread } = await compareDisc(state.witnesses, disc.packetBlocks, versions, read)
    if (left === 0 || !unread) return likeness
    await clock.sleep(pauseMs)
  }
}

/** Of two journals of one disc: the one that was begun later. Of format 1 nobody knows which that is. */
function newerOf(
  a: FoundJournal | undefined,
  b: FoundJournal,
): { kept: FoundJournal | undefined; older: { name: string; why: string }[] } {
  if (a === undefined) return { kept: b, older: [] }
  const [first, second] = [a.state.generation ?? 0, b.state.generation ?? 0]
  if (first === second) {
    const why = 'there is another one of the same disc, and neither says which is newer'
    return { kept: undefined, older: [a, b].map(({ name }) => ({ name, why })) }
  }
  const [kept, other] = first > second ? [a, b] : [b, a]
  return { kept, older: [{ name: other.name, why: `the journal ${kept.name} of the same disc is newer` }] }
}

/** Nothing that somebody wrote is thrown away because we do not know what to do with it. */
async function keepAside({ disk, dir, log, drive }: JournalPlace, name: string, why: string): Promise<void> {
  const kept = path.join(dir, `kept-${name}`)
  try {
    await disk.rename(path.join(dir, name), kept)
    await disk.synchronizeDirectory(dir)
  } catch (error) {
    throw new StartError(
      diagnose('engine.journal-stays', {
        device: drive,
        dir: path.join(dir, name),
        why,
        error: messageOf(error),
      }),
    )
  }
  log.error(
    `${drive}: a journal of writes that did not reach their disc is kept in ${kept} and not used: ${why}. ` +
      'Compare what is on the disc with your own copy; then the directory may be removed',
  )
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Asks a disk that fails again. Rejects with StartError when it goes on failing. */
async function patiently<T>({ clock, drive }: JournalPlace, dir: string, job: () => Promise<T>): Promise<T> {
  for (let left = tries - 1; ; left--) {
    try {
      return await job()
    } catch (error) {
      if (left === 0)
        throw new StartError(
          diagnose('engine.journal-unreadable', { device: drive, dir, error: messageOf(error) }),
        )
      await clock.sleep(pauseMs)
    }
  }
}
