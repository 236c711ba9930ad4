// Checks of single values. Each gives the codes of what is wrong with it, with the parameters of their messages.
import type { DiagnosticCode } from '../diagnostics/catalogue.ts'
import type { Settings } from './settings.ts'

export interface Complaint {
  code: DiagnosticCode
  params: Record<string, string | number>
  /** Index in a list, or key of a mapping; the whole value when absent. */
  at?: number | string
}

/** Mount points below these would hide what the system or pktw keeps there. */
const reserved = ['/proc', '/sys', '/dev', '/run/pktw']

/** Bytes of a file name (NAME_MAX) and of a path with its null byte (PATH_MAX): limits.h(0p). */
const [nameMax, pathMax] = [255, 4096]
/**
 * Bytes of a unit name: a file name, with room for those beside it, of a drop-in's directory (`NAME.d`), a version that waits
 * (`NAME.pktw-new`), and one that is being written (`.NAME.pktw-4194304-123456`).
 */
const unitNameMax = nameMax - 25

const bytesOf = (text: string): number => Buffer.byteLength(text)

/** For messages. */
export const short = (text: string): string => (text.length > 60 ? `${text.slice(0, 59)}…` : text)

/** A mount point: absolute, as short as it can be written, and nothing that unit files or fstab stumble over. */
export function whereComplaints(where: string): Complaint[] {
  const complain = (reason: string): Complaint[] => [
    { code: 'settings.bad-where', params: { where: short(where), reason } },
  ]
  // A slot's number may be appended.
  if (bytesOf(where) + 1 >= pathMax) return complain(`is longer than a path may be, ${pathMax} bytes`)
  if (`${where}1`.split('/').some((name) => bytesOf(name) > nameMax))
    return complain(`holds a name that is longer than a file name may be, ${nameMax} bytes`)
  if (/\p{Cc}|\p{Cs}/u.test(where)) return complain('holds a control character')
  if (!where.startsWith('/')) return complain('is not absolute')
  if (where === '/') return complain('is the root directory')
  if (/\/\.\.?(\/|$)/.test(where)) return complain('holds a "." or ".." component')
  if (/\/\/|\/$/.test(where)) return complain('has a slash too many')
  if (/["'\\]/.test(where)) return complain('holds a quote or a backslash')
  if (/\s$/.test(where)) return complain('ends in white space')
  const under = reserved.find((r) => where === r || where.startsWith(`${r}/`))
  return under === undefined ? [] : complain(`is in ${under}`)
}

/** Bytes of the name that systemd gives to a mount unit: what is not a letter or a digit becomes `\\xNN`, but for `/`, `:`, `_` and `.`. */
const unitNameBytes = (where: string): number =>
  [...Buffer.from(where.slice(1))].reduce(
    (sum, byte, i) => sum + (/[\w:/]/.test(String.fromCharCode(byte)) || (byte === 0x2e && i > 0) ? 1 : 4),
    0,
  )

/** What holds for the keys below `mount` together. */
export function mountComplaints({
  style,
  where,
}: Pick<Settings['mount'], 'style'> & { where: string }): Complaint[] {
  if ((style !== 'systemd' && style !== 'fstab') || whereComplaints(where).length > 0) return []
  if (unitNameBytes(`${where}1`) + '.automount'.length <= unitNameMax) return []
  const reason = `makes a unit name longer than ${unitNameMax} bytes (what is not a letter, a digit or a slash counts four times)`
  return [{ code: 'settings.bad-where', params: { where: short(where), reason }, at: 'where' }]
}

/** What the kernel would do instead of noatime; the last one given wins. */
const undoNoatime = /^(atime|relatime|strictatime|diratime)$/

/** Bytes that fsconfig(2) takes of one option, and mount(2) of all, with some left for those that the owner adds. */
const [optionMax, optionsMax] = [255, 4000]

/** Mount options: each well-formed, none that pktw decides itself, and noatime among them. */
export function optionsComplaints(options: readonly string[]): Complaint[] {
  const complaints = options.flatMap((option, index): Complaint[] => {
    const complain = (code: DiagnosticCode): Complaint[] => [{ code, params: { option }, at: index }]
    if (option.length > optionMax)
      return [{ code: 'settings.long-options', params: { limit: optionMax }, at: index }]
    if (!/^[A-Za-z0-9_.:=+@%/-]+$/.test(option)) return complain('settings.bad-option')
    if (undoNoatime.test(option)) return complain('settings.option-atime')
    if (option === 'ro') return complain('settings.option-ro')
    if (/^(uid|gid)(=|$)/.test(option)) return complain('settings.option-owner')
    return []
  })
  const told = complaints.some((c) => c.code === 'settings.option-atime')
  if (!options.includes('noatime') && !told) complaints.push({ code: 'settings.no-noatime', params: {} })
  if (options.join(',').length > optionsMax)
    complaints.push({ code: 'settings.long-options', params: { limit: optionsMax } })
  return complaints
}

/** Permission bits from `0660`, `0o660` or, quoted, `660`; undefined when it is not written so. */
export function parseMode(text: string): number | undefined {
  const match = /^(?:0o?)?([0-7]{3})$/.exec(text)
  return match === null ? undefined : Number.parseInt(match[1] as string, 8)
}

/** A device node that its owner cannot read and write, or with execute bits, is a slip of the pen. */
export function modeComplaints(text: string): Complaint[] {
  const mode = parseMode(text)
  if (mode === undefined) return [{ code: 'settings.bad-mode', params: { mode: text } }]
  if ((mode & 0o600) !== 0o600 || (mode & 0o111) !== 0)
    return [{ code: 'settings.unreasonable-mode', params: { mode: text } }]
  return []
}

/** As useradd(8) takes names. */
export const isGroupName = (name: string): boolean => /^[A-Za-z_][A-Za-z0-9_-]{0,30}$/.test(name)

/** Bytes; udev passes over a line of more than 16 KiB, and a match has three texts in which a character may need three. */
const matchMax = 1024

/** What can stand in a udev match. */
export const isMatchText = (text: string): boolean =>
  bytesOf(text) <= matchMax && /^[^"\p{Cc}\p{Cs}]*[^"\\\s\p{Cc}\p{Cs}]$/u.test(text)
