// The disc that is to be prepared: what it is, what is on it, what would be done to it. Only looks.
import { diagnose } from '../diagnostics/catalogue.ts'
import { Stop } from '../diagnostics/stop.ts'
import { discStateOf, udevProperties } from '../disc/disc-state.ts'
import { mappedDrive } from '../disc/mapped-drives.ts'
import { rewritableProfile } from '../disc/rewritable.ts'
import { mkudffsOptions } from '../media/file-system.ts'
import { type Preparation, preparationOf } from '../media/preparation.ts'
import { profileName } from '../media/profiles.ts'
import { sizeText } from '../media/quantities.ts'
import { systemClock } from '../mmc/clock.ts'
import { DriveError } from '../mmc/drive-command.ts'
import { examine } from '../mmc/examine.ts'
import { formatOffers } from '../mmc/format-disc.ts'
import { waitForRunning } from '../mmc/format-running.ts'
import { openSg } from '../mmc/sg.ts'
import { type Transport, TransportError } from '../mmc/transport.ts'
import { sgNodeOf } from '../system/drive-nodes.ts'
import { readPreparation } from '../system/preparation.ts'
import type { System } from '../system/system.ts'
import { waiting } from './terminal.ts'

/** What has to be known for somebody to agree. */
export interface DiscToAgree {
  drive: string
  /** As the drive names itself. */
  model: string
  diskseq: string
  profile: number
  /** `CD-RW` */
  kind: string
  plan: Pick<Preparation, 'holdsData' | 'blocks'>
  /** An earlier preparation has just ended that nobody waited for: nothing on it could be lost, whatever the drive says. */
  emptied: boolean
  /** What is on it, for people: `"LAB" (udf), 605 MB`. */
  contents: string
}

/** The same, with what would be done. */
export interface DiscToPrepare extends DiscToAgree {
  plan: Preparation
}

/** ms for the drive to tell what is in it. */
const examineMs = 60_000

export type OpenDrive = (drive: string) => Promise<Transport>

export const openDrive: OpenDrive = async (drive) => {
  const node = await sgNodeOf(drive)
  if (node === undefined) throw new Stop([diagnose('drive.no-sg', { device: drive })])
  return openSg(node, { device: drive })
}

const printable = (text: string): string => text.trim().replace(/\p{Cc}/gu, '?')

const runningText = (drive: string, progress?: number): string =>
  `${drive} still works on its disc${progress === undefined ? '' : `: ${Math.floor(progress * 100)} %`}`

/** Waits for what the drive has begun before. True when that was a preparation of this disc: then nothing is on it. */
async function endOfEarlier(
  transport: Transport,
  system: System,
  drive: string,
  diskseq: string,
): Promise<boolean> {
  const earlier = await readPreparation(system, drive)
  const begun = earlier?.diskseq === diskseq && earlier.disc === 'in-work'
  const waited = await waiting(runningText(drive), (update) =>
    waitForRunning(transport, {
      ...{ drive, disc: begun ? 'in-work' : 'unchanged', clock: systemClock },
      tell: (progress) => update(runningText(drive, progress)),
    }),
  )
  return begun && waited
}

/** By what udev found on the packet device, or on the drive. */
async function contentsOf(system: System, drive: string, plan: DiscToAgree['plan']): Promise<string> {
  const device = (await mappedDrive(system, drive))?.device ?? drive
  const found: Partial<Record<string, string>> = await udevProperties(system, device)
  const size = plan.blocks === undefined ? '' : `, ${sizeText(plan.blocks)}`
  const { ID_FS_LABEL: label, ID_FS_TYPE: type, ID_CDROM_MEDIA_TRACK_COUNT_AUDIO: audio } = found
  if (type !== undefined)
    return `${label === undefined ? 'a disc without a name' : `"${printable(label)}"`} (${printable(type)})${size}`
  if (audio !== undefined) return `${printable(audio)} audio tracks`
  return `no file system that udev knows, which does not mean that it is empty${size}`
}

const wordsOf = (drive: string, error: unknown): unknown => {
  if (error instanceof DriveError)
    return new Stop([diagnose('prepare.refused', { drive, error: error.message })])
  if (!(error instanceof TransportError)) return error
  if (error.reason === 'refused') return new Stop([diagnose('drive.refused', { device: drive })])
  const code = error.reason === 'gone' ? 'prepare.drive-gone' : 'prepare.silent'
  return new Stop([diagnose(code, { drive, error: error.message })])
}

const kindOf = (profile: number): string => profileName(profile).replace(/ \(.*/, '')

const attributeOf = async (system: System, drive: string, name: string): Promise<string> =>
  printable((await system.read(`/sys/class/block/${drive}/${name}`))?.toString('utf8') ?? '')

const modelOf = async (system: System, drive: string): Promise<string> =>
  `${await attributeOf(system, drive, 'device/vendor')} ${await attributeOf(system, drive, 'device/model')}`.trim()

/**
 * For who may not open the drive: as udev knows it. Whoever prepares it asks the drive again, and erases nothing that was not agreed
 * to. Undefined when udev knows nothing; throws Stop with why it cannot be prepared.
 */
export async function discByUdev(system: System, drive: string): Promise<DiscToAgree | undefined> {
  const diskseq = await attributeOf(system, drive, 'diskseq')
  const properties = await udevProperties(system, drive)
  if (Object.keys(properties).length === 0) return undefined
  const { present, state, blocks } = discStateOf(properties, drive)
  if (!present) throw new Stop([diagnose('prepare.no-disc', { drive })])
  const profile = rewritableProfile(properties)
  if (profile === undefined) throw new Stop([diagnose('prepare.not-rewritable', { drive })])
  const untouched = properties.ID_CDROM_MEDIA_STATE === 'blank' && properties.ID_FS_USAGE === undefined
  const plan = {
    holdsData: state !== 'blank' && !(state === 'unformatted' && untouched),
    ...(blocks === undefined ? {} : { blocks }),
  }
  // udev looked when the disc came, and is told nothing of what burning programs do to it.
  const contents = plan.holdsData ? await contentsOf(system, drive, plan) : 'nothing that udev knows of'
  const model = await modelOf(system, drive)
  return { drive, model, diskseq, profile, kind: kindOf(profile), plan, emptied: false, contents }
}

/** Asks the drive, when it is done with what it does if `wait` is set. Throws Stop with why it cannot be prepared. */
export async function lookAtDisc(
  system: System,
  drive: string,
  { full, wait, open = openDrive }: { full: boolean; wait: boolean; open?: OpenDrive },
): Promise<DiscToPrepare> {
  try {
    // Before the drive is asked: a disc that comes meanwhile has another number.
    const diskseq = await attributeOf(system, drive, 'diskseq')
    const transport = await open(drive)
    try {
      const emptied = wait && (await endOfEarlier(transport, system, drive, diskseq))
      const facts = await examine(transport, { deadlineMs: examineMs })
      const decision = preparationOf(facts, await formatOffers(transport), full)
      if ('refused' in decision) throw new Stop([diagnose(decision.refused, { drive })])
      const { plan } = decision
      return {
        drive,
        model: await modelOf(system, drive),
        diskseq,
        profile: facts.profile,
        kind: kindOf(facts.profile),
        plan,
        emptied,
        contents: emptied || !plan.holdsData ? 'nothing' : await contentsOf(system, drive, plan),
      }
    } finally {
      await transport.close()
    }
  } catch (error) {
    throw wordsOf(drive, error)
  }
}

/** What would be sent and run, a line each. */
export function stepTexts({ drive, plan }: DiscToPrepare, label: string): string[] {
  const size = plan.blocks === undefined ? 'as large as the drive then offers' : sizeText(plan.blocks)
  const steps = plan.steps.map((step) => {
    if (step.do === 'blank')
      return `BLANK, ${step.full ? 'all of the disc' : 'what says what is on it (minimal)'}`
    if (step.do === 'background') return 'wait until the drive has formatted the rest in the background'
    return `FORMAT UNIT, ${size}`
  })
  const none = steps.length === 0 ? [`no format: it has one (${size}); --full makes it anew`] : []
  const options = [...mkudffsOptions(plan.medium), `--label=${label}`].join(' ')
  return [...none, ...steps, `mkudffs ${options} /dev/pktw/${drive}`]
}
