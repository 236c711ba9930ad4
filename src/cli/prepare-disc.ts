// The disc that is to be prepared: what it is, what is on it, what would be done to it. Only looks.
import { diagnose } from '../diagnostics/catalogue.ts'
import { Stop } from '../diagnostics/stop.ts'
import { udevProperties } from '../disc/disc-state.ts'
import { mappedDrive } from '../disc/mapped-drives.ts'
import { mkudffsOptions } from '../media/file-system.ts'
import { type Preparation, preparationOf } from '../media/preparation.ts'
import { profileName } from '../media/profiles.ts'
import { sizeText } from '../media/quantities.ts'
import { DriveError } from '../mmc/drive-command.ts'
import { examine } from '../mmc/examine.ts'
import { formatOffers } from '../mmc/format-disc.ts'
import { openSg } from '../mmc/sg.ts'
import { type Transport, TransportError } from '../mmc/transport.ts'
import { sgNodeOf } from '../system/drive-nodes.ts'
import type { System } from '../system/system.ts'

export interface DiscToPrepare {
  drive: string
  /** As the drive names itself. */
  model: string
  diskseq: string
  profile: number
  /** `CD-RW` */
  kind: string
  plan: Preparation
  /** What is on it, for people: `"LAB" (udf), 605 MB`. */
  contents: string
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

/** By what udev found on the packet device, or on the drive. */
async function contentsOf(system: System, drive: string, plan: Preparation): Promise<string> {
  if (!plan.holdsData) return 'nothing'
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

/** Asks the drive. Throws Stop with why it cannot be prepared. */
export async function lookAtDisc(
  system: System,
  drive: string,
  full: boolean,
  open: OpenDrive = openDrive,
): Promise<DiscToPrepare> {
  const text = async (name: string): Promise<string> =>
    printable((await system.read(`/sys/class/block/${drive}/${name}`))?.toString('utf8') ?? '')
  try {
    // Before the drive is asked: a disc that comes meanwhile has another number.
    const diskseq = await text('diskseq')
    const transport = await open(drive)
    try {
      const facts = await examine(transport, { deadlineMs: examineMs })
      const decision = preparationOf(facts, await formatOffers(transport), full)
      if ('refused' in decision) throw new Stop([diagnose(decision.refused, { drive })])
      const { plan } = decision
      return {
        drive,
        model: `${await text('device/vendor')} ${await text('device/model')}`.trim(),
        diskseq,
        profile: facts.profile,
        kind: profileName(facts.profile).replace(/ \(.*/, ''),
        plan,
        contents: await contentsOf(system, drive, plan),
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
