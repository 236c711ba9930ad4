// What is in the drive: asks as little as it takes, in an order that cannot hurt (no other command than TEST UNIT READY while a
// format runs, nothing that reads the medium of a blank disc), and gives the facts that media/decide.ts decides from.
import type { DiscFacts, DiscInformation } from '../media/facts.ts'
import {
  PROFILE_BD_RE,
  PROFILE_CD_RW,
  PROFILE_DVD_PLUS_RW,
  PROFILE_DVD_RAM,
  PROFILE_DVD_RW_OVERWRITE,
  PROFILE_DVD_RW_SEQUENTIAL,
  profiles,
} from '../media/profiles.ts'
import { decodeCapacity, decodeFormatCapacities, readCapacity, readFormatCapacities } from './capacity.ts'
import { type Clock, systemClock } from './clock.ts'
import { decodeConfiguration, feature, getConfiguration } from './configuration.ts'
import { type DiscInformationReply, decodeDiscInformation, readDiscInformation } from './disc-information.ts'
import { decodeWriteProtection, readWriteProtection } from './disc-structure.ts'
import { DriveError, isNoMedium, isNotReadyYet, run } from './drive-command.ts'
import { u8, u16 } from './fields.ts'
import { senseText } from './sense.ts'
import { decodeTrackInformation, readTrackInformation } from './track-information.ts'
import { type Command, type Transport, TransportError } from './transport.ts'
import { testUnitReady } from './unit-control.ts'

export interface ExamineOptions {
  /** ms for everything together. */
  deadlineMs: number
  /** ms that the drive may be silent: the most for one command. */
  silenceMs?: number
  clock?: Clock
}

/**
 * The facts of the disc that is in now. Fields that the drive refused to tell are absent; with no disc the profile is 0.
 * @throws TransportError, `timeout` also when the deadline passes; DriveError when not even GET CONFIGURATION works.
 */
export async function examine(transport: Transport, options: ExamineOptions): Promise<DiscFacts> {
  const asker = makeAsker(transport, options)
  const ready = await waitUntilReady(asker)
  if (ready !== undefined) return ready
  const configuration = decodeConfiguration(await asker.ask(getConfiguration('one', feature.profileList, 8)))
  const facts: DiscFacts = { profile: configuration?.profile ?? 0 }
  const kind = profiles.get(facts.profile)?.kind
  // Pressed and write-once discs are none of our business, and are left in peace.
  if (kind !== 'rewritable' && kind !== 'sequential') return facts

  const disc = await discInformation(asker)
  if (disc !== undefined) facts.disc = disc.information
  // The kernel takes both without it as well (sr and cdrom.c: "or if the command fails").
  else if (facts.profile !== PROFILE_DVD_RAM && facts.profile !== PROFILE_BD_RE) return facts
  await protection(asker, facts)
  if (kind === 'rewritable') await further(asker, facts, disc)
  if (asker.protectionSeen()) facts.writeProtected = true
  return facts
}

/** ms for a disc that is just coming up to speed; one that takes longer is `busy`, and asked again later. */
const spinUpMs = 800

interface Asker {
  /** With what is left of the deadline. */
  ask(command: Command, patienceMs?: number): Promise<Buffer>
  /** Undefined when the drive refuses; TransportErrors go through. */
  tryAsk(command: Command): Promise<Buffer | undefined>
  left(): number
  protectionSeen(): boolean
}

function makeAsker(transport: Transport, options: ExamineOptions): Asker {
  const clock = options.clock ?? systemClock
  const end = clock.now() + options.deadlineMs
  let protection = false
  const left = (): number => end - clock.now()
  const ask = async (command: Command, patienceMs = left()): Promise<Buffer> => {
    const timeoutMs = Math.min(command.timeoutMs ?? 10_000, options.silenceMs ?? Infinity, left())
    if (timeoutMs <= 0) throw new TransportError('timeout', `${transport.device ?? 'drive'}: no time left`)
    return await run(
      transport,
      { ...command, timeoutMs },
      { patienceMs: Math.min(patienceMs, left()), clock },
    )
  }
  return {
    ask,
    left,
    protectionSeen: () => protection,
    async tryAsk(command) {
      try {
        return await ask(command)
      } catch (error) {
        if (!(error instanceof DriveError)) throw error
        if (error.sense?.asc === 0x27) protection = true
        return undefined
      }
    },
  }
}

/** @returns facts at once when there is no disc or the drive stays busy; undefined to go on. */
async function waitUntilReady(asker: Asker): Promise<DiscFacts | undefined> {
  let sense = await notReady(asker, 0)
  // A running format will not be over soon, and asking on could break it.
  if (sense !== undefined && isNotReadyYet(sense) && sense.ascq !== 0x04)
    sense = await notReady(asker, Math.min(spinUpMs, asker.left() / 2))
  if (sense === undefined) return undefined
  if (isNoMedium(sense)) return { profile: 0 }
  // 04/00 comes for ever from some USB bridges; other refusals are left to the commands that matter.
  if (!isNotReadyYet(sense) || sense.ascq === 0x00) return undefined
  return { profile: 0, busy: senseText(sense) }
}

async function notReady(asker: Asker, patienceMs: number) {
  try {
    await asker.ask(testUnitReady(), patienceMs)
    return undefined
  } catch (error) {
    if (error instanceof DriveError) return error.sense
    throw error
  }
}

/**
 * First the head of a reply, then exactly as much as it says there is: asking for more makes some bridges fail, and the kernel's
 * interface does not tell how much came.
 */
async function inTwoSteps(
  asker: Asker,
  command: (length: number) => Command,
  head: number,
  total: (head: Buffer) => number | undefined,
): Promise<Buffer | undefined> {
  const first = await asker.tryAsk(command(head))
  const length = first === undefined ? undefined : total(first)
  if (first === undefined || length === undefined || length <= head) return first
  return await asker.tryAsk(command(Math.min(length, 2048)))
}

const lengthPlus2 = (head: Buffer): number | undefined => {
  const length = u16(head, 0)
  return length === undefined ? undefined : length + 2
}

interface KnownDisc {
  information: DiscInformation
  lastTrack: number
}

async function discInformation(asker: Asker): Promise<KnownDisc | undefined> {
  const reply = await inTwoSteps(asker, readDiscInformation, 4, lengthPlus2)
  const decoded: DiscInformationReply | undefined = reply && decodeDiscInformation(reply)
  if (decoded === undefined) return undefined
  const { sessions: _, firstTrackOfLastSession: __, lastTrackOfLastSession, ...information } = decoded
  return { information: { ...information, mrw: false }, lastTrack: lastTrackOfLastSession || 1 }
}

async function further(asker: Asker, facts: DiscFacts, known: KnownDisc | undefined): Promise<void> {
  if (facts.profile === PROFILE_DVD_RAM || facts.profile === PROFILE_BD_RE) return sizes(asker, facts)
  if (known === undefined) return
  const { information: disc, lastTrack } = known
  switch (facts.profile) {
    case PROFILE_CD_RW:
      // On CD-RW a background format is always Mount Rainier's.
      disc.mrw = disc.backgroundFormat !== 'none'
      if (disc.mrw) await mountRainier(asker, facts, 0x01)
      else if (disc.status !== 'empty') await trackInformation(asker, facts, lastTrack)
      return
    case PROFILE_DVD_RW_OVERWRITE:
      if (disc.status !== 'empty') await trackInformation(asker, facts, lastTrack)
      await sizes(asker, facts)
      return
    case PROFILE_DVD_PLUS_RW:
      if (disc.backgroundFormat === 'none') return
      disc.mrw = await mountRainier(asker, facts, 0x04)
      if (!disc.mrw) await sizes(asker, facts)
      return
  }
}

/**
 * Media that a program or a tab can protect (MMC-6 §5.3.5): a cartridge, the write protection that recorders set on DVD-RW and DVD-RAM
 * (PWP), the disc control block of DVD+RW, the bit of BD-RE. CD-RW has none, and drives refuse the question.
 */
const protectable: ReadonlySet<number> = new Set([
  PROFILE_DVD_RAM,
  PROFILE_DVD_RW_OVERWRITE,
  PROFILE_DVD_RW_SEQUENTIAL,
  PROFILE_DVD_PLUS_RW,
  PROFILE_BD_RE,
])

/** Left in peace where nothing is written: there are drives that stall on questions about a blank disc (Q30). */
const isBlank = ({ profile, disc }: DiscFacts): boolean =>
  profile === PROFILE_DVD_PLUS_RW ? disc?.backgroundFormat === 'none' : disc?.status === 'empty'

async function protection(asker: Asker, facts: DiscFacts): Promise<void> {
  const { profile } = facts
  const always = profile === PROFILE_DVD_RAM || profile === PROFILE_BD_RE
  if (!protectable.has(profile) || (!always && isBlank(facts))) return
  const reply = await asker.tryAsk(readWriteProtection(profile === PROFILE_BD_RE))
  const status = reply && decodeWriteProtection(reply)
  if (status !== undefined) facts.writeProtected = status
}

async function trackInformation(asker: Asker, facts: DiscFacts, track: number): Promise<void> {
  const reply = await inTwoSteps(asker, (length) => readTrackInformation(track, length), 4, lengthPlus2)
  const decoded = reply && decodeTrackInformation(reply)
  if (decoded !== undefined) facts.track = decoded
}

/** Format capacities, and READ CAPACITY only where something is formatted: an unformatted disc makes drives stall on it. */
async function sizes(asker: Asker, facts: DiscFacts): Promise<void> {
  const list = await inTwoSteps(asker, readFormatCapacities, 4, (head) => {
    const length = u8(head, 3)
    return length === undefined ? undefined : length + 4
  })
  const current = list && decodeFormatCapacities(list)?.current
  if (current !== undefined) facts.formatted = current
  if (facts.formatted === undefined ? facts.disc?.status === 'empty' : facts.formatted.type !== 'formatted')
    return
  const capacity = await asker.tryAsk(readCapacity())
  const blocks = capacity && decodeCapacity(capacity)
  if (blocks !== undefined) facts.capacityBlocks = blocks
}

/**
 * True when the MRW feature is current (MMC-6 §5.3, feature 0028h). `writeBit` of its first byte says that the drive writes it: bit 0 for
 * CD-RW, bit 2 for DVD+RW. The size is then READ CAPACITY's: what the defect management leaves.
 */
async function mountRainier(asker: Asker, facts: DiscFacts, writeBit: number): Promise<boolean> {
  const reply = await inTwoSteps(
    asker,
    (length) => getConfiguration('one', feature.mountRainier, length),
    8,
    (head) => decodeConfiguration(head)?.length,
  )
  const features = reply && decodeConfiguration(reply)?.features
  const mrw = features?.find((f) => f.code === feature.mountRainier && f.current)
  if (mrw === undefined) return false
  facts.mrwWritable = ((mrw.data[0] ?? 0) & writeBit) !== 0
  const capacity = await asker.tryAsk(readCapacity())
  const blocks = capacity && decodeCapacity(capacity)
  if (blocks !== undefined) facts.capacityBlocks = blocks
  return true
}
