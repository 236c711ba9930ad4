// `pktw status` in words.
import type { DiscState } from '../disc/disc-state.ts'
import type { DriveReport, StatusReport } from '../disc/status-report.ts'
import { sizeText } from '../media/quantities.ts'
import { isOver, type PrepareState } from '../system/preparation.ts'
import { engineRows, type Row, standByRows } from './engine-text.ts'
import { progressText } from './prepare-progress.ts'

const installed: Record<StatusReport['installed'], string> = {
  manifest: 'installed',
  package: 'installed by a package',
  no: 'not installed (sudo pktw install)',
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

/** Drives and systems name themselves, and what they say must not steer a terminal. */
const printable = (text: string): string => text.replace(/\p{Cc}/gu, '?')

const rowText = ([label, values]: Row): string[] =>
  values.map((value, i) => `  ${(i === 0 ? label : '').padEnd(9)} ${value}`)

/** A disc that is mapped, and an engine that says nothing. */
const silent = ({ packetDevice, silence, unit }: DriveReport): Row[] =>
  packetDevice === undefined
    ? []
    : [
        [
          'backend',
          [
            `does not answer${silence === undefined ? '' : `: ${silence}`} (journalctl -u ${unit.name} -n 20)`,
          ],
        ],
        ['dirty', ['not known: leave the disc in']],
      ]

function backendRows(d: DriveReport, now: number): Row[] {
  if (d.engine !== undefined) return engineRows(d.engine, now)
  return d.standBy === undefined ? silent(d) : standByRows(d.standBy, now)
}

/** While it runs; and how it ended, if that was not well. */
function preparationText(state: PrepareState | undefined, now: number): string[] {
  if (state === undefined || state.phase === 'done') return []
  if (!isOver(state)) return [progressText(state, now)]
  const { message = state.phase, code = '', remedy } = state.error ?? {}
  return [`${message} [${code}]`, ...(remedy === undefined ? [] : [`→ ${remedy}`])]
}

function driveText(d: DriveReport, now: number): string[] {
  const { active, sub, result, name } = d.unit
  const failed = result !== '' && result !== 'success' ? `, ${result}` : ''
  const rows: Row[] = [
    ['disc', [discText(d.disc)]],
    ['decided', decisionText(d.disc)],
    ['unit', active === 'unknown' ? [] : [`${name} ${active}${sub === '' ? '' : ` (${sub}${failed})`}`]],
    ['prepare', preparationText(d.preparation, now)],
    ['device', d.packetDevice === undefined ? [] : [`${d.packetDevice.device}, ${d.packetDevice.link}`]],
    [
      'mounted',
      d.mounts.map(
        (m) =>
          `${m.target}  ${m.type} ${m.options.join(',')}${m.device === d.drive && d.packetDevice?.device !== `/dev/${d.drive}` ? ` (from /dev/${d.drive} itself)` : ''}`,
      ),
    ],
    ...backendRows(d, now),
  ]
  const title = `${d.drive}  ${[d.vendor, d.model].filter((t) => t !== '').join(' ')}`
  return [title, ...rows.flatMap(rowText)].map(printable)
}

/** The report for people, no final newline. `now` in ms since 1970. */
export function statusText(report: StatusReport, now: number): string {
  const drives =
    report.drives.length === 0 ? [['no optical drive']] : report.drives.map((d) => driveText(d, now))
  return [
    `pktw ${report.version}, ${installed[report.installed]}`,
    ...drives.flatMap((d) => ['', ...d]),
  ].join('\n')
}
