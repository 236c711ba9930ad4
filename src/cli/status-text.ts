// `pktw status` in words.
import type { DiscState } from './disc-state.ts'
import type { DriveReport, StatusReport } from './status-report.ts'

const installed: Record<StatusReport['installed'], string> = {
  manifest: 'installed',
  package: 'installed by a package',
  no: 'not installed (sudo pktw install)',
}

/** Size of a disc as printed on its box: decimal. */
export function sizeText(blocks: number): string {
  const megabytes = (blocks * 2048) / 1e6
  return megabytes >= 1000 ? `${(megabytes / 1000).toFixed(1)} GB` : `${Math.round(megabytes)} MB`
}

function discText(disc: DiscState): string {
  if (!disc.present && disc.state === undefined) return 'none'
  const parts = [
    disc.medium ?? 'not a rewritable medium',
    disc.blocks === undefined ? '' : sizeText(disc.blocks),
    disc.packetBlocks === undefined ? '' : `packets of ${disc.packetBlocks * 2} KiB`,
    disc.writable === false ? 'not writable' : '',
  ]
  return parts.filter((part) => part !== '').join(', ')
}

function decisionText(disc: DiscState): string[] {
  if (disc.state === undefined) return disc.present ? ['left alone: none of the media that pktw handles'] : []
  const { reason } = disc
  return [
    reason === undefined ? disc.state : `${disc.state}: ${reason.message} [${reason.code}]`,
    ...(reason?.remedy === undefined || disc.state === 'ready' ? [] : [`→ ${reason.remedy}`]),
  ]
}

interface Counters {
  state?: unknown
  stats?: { packetsWritten?: unknown; dirty?: unknown; errors?: unknown; lastError?: unknown }
}

function engineText(engine: unknown): string[] {
  if (typeof engine !== 'object' || engine === null) return []
  const { state, stats } = engine as Counters
  const parts = [
    typeof state === 'string' ? state : '',
    typeof stats?.packetsWritten === 'number' ? `${stats.packetsWritten} packets written` : '',
    typeof stats?.dirty === 'number' ? `${stats.dirty} not yet flushed` : '',
    typeof stats?.errors === 'number' && stats.errors > 0 ? `${stats.errors} errors` : '',
  ]
  const last = typeof stats?.lastError === 'string' ? [`last error: ${stats.lastError}`] : []
  return [parts.filter((part) => part !== '').join(', '), ...last]
}

/** Label and value; further values stand below the first. */
const row = (label: string, values: readonly string[]): string[] =>
  values.map((value, i) => `  ${(i === 0 ? label : '').padEnd(9)} ${value}`)

function driveText(d: DriveReport): string[] {
  const { active, sub, result, name } = d.unit
  const failed = result !== '' && result !== 'success' ? `, ${result}` : ''
  return [
    `${d.drive}  ${[d.vendor, d.model].filter((t) => t !== '').join(' ')}`,
    ...row('disc', [discText(d.disc)]),
    ...row('decided', decisionText(d.disc)),
    ...row(
      'unit',
      active === 'unknown' ? [] : [`${name} ${active}${sub === '' ? '' : ` (${sub}${failed})`}`],
    ),
    ...row(
      'device',
      d.packetDevice === undefined ? [] : [`${d.packetDevice.device}, ${d.packetDevice.link}`],
    ),
    ...row(
      'mounted',
      d.mounts.map(
        (m) =>
          `${m.target}  ${m.type} ${m.options.join(',')}${m.device === d.drive && d.packetDevice?.device !== `/dev/${d.drive}` ? ` (from /dev/${d.drive} itself)` : ''}`,
      ),
    ),
    ...row('engine', engineText(d.engine)),
  ]
}

/** The report for people, no final newline. */
export function statusText(report: StatusReport): string {
  const drives = report.drives.length === 0 ? [['no optical drive']] : report.drives.map(driveText)
  return [
    `pktw ${report.version}, ${installed[report.installed]}`,
    ...drives.flatMap((d) => ['', ...d]),
  ].join('\n')
}
