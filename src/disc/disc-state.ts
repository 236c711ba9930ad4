// What udev knows of a drive and its disc: the properties that pktw-probe gave, and the words for them.
import { catalogue, type DiagnosticCode, diagnose } from '../diagnostics/catalogue.ts'
import { programs } from '../system/programs.ts'
import { parseProperties } from '../system/properties.ts'
import type { System } from '../system/system.ts'

export interface DiscState {
  /** udev says that there is a disc. */
  present: boolean
  /** PKTW_STATE; absent when the rule did not look at the disc. */
  state?: string
  medium?: string
  /** Blocks of 2048 bytes. */
  packetBlocks?: number
  blocks?: number
  writable?: boolean
  /** Why it was decided so. */
  reason?: { code: string; message: string; remedy?: string }
}

const isCode = (code: string): code is DiagnosticCode => Object.hasOwn(catalogue, code)

/** The catalogue's words for PKTW_REASON, which may leave out its area. */
function reasonOf(code: string, drive: string): NonNullable<DiscState['reason']> {
  const known = [code, `media.${code}`, `drive.${code}`].find(isCode)
  if (known === undefined) return { code, message: code }
  const { message, remedy } = diagnose(known, { device: `/dev/${drive}`, error: 'see the journal' })
  return { code: known, message, ...(remedy === undefined ? {} : { remedy }) }
}

const number = (text: string | undefined): number | undefined =>
  text !== undefined && /^[0-9]+$/.test(text) ? Number(text) : undefined

/** Reads the properties of a drive into what they mean. */
export function discStateOf(properties: Record<string, string>, drive: string): DiscState {
  const p = properties as Partial<Record<string, string>>
  const packetBlocks = number(p.PKTW_PACKET)
  const blocks = number(p.PKTW_BLOCKS)
  return {
    present: p.ID_CDROM_MEDIA === '1',
    ...(p.PKTW_STATE === undefined ? {} : { state: p.PKTW_STATE }),
    ...(p.PKTW_MEDIUM === undefined ? {} : { medium: p.PKTW_MEDIUM }),
    ...(packetBlocks === undefined ? {} : { packetBlocks }),
    ...(blocks === undefined ? {} : { blocks }),
    ...(p.PKTW_WRITABLE === undefined ? {} : { writable: p.PKTW_WRITABLE === '1' }),
    ...(p.PKTW_REASON === undefined ? {} : { reason: reasonOf(p.PKTW_REASON, drive) }),
  }
}

/** udev's properties of a drive; none when udevadm is not there. */
export async function udevProperties(system: System, drive: string): Promise<Record<string, string>> {
  const argv = ['info', '--query=property', `--path=/sys/class/block/${drive}`]
  const { code, stdout } = await system.run(programs.udevadm, argv, { timeoutMs: 10_000 })
  return code === 0 ? parseProperties(stdout) : {}
}
