// Checks of single values. Each gives the codes of what is wrong with it, with the parameters of their messages.
import type { DiagnosticCode } from '../diagnostics/catalogue.ts'

export interface Complaint {
  code: DiagnosticCode
  params: Record<string, string | number>
  /** Index in a list value; the whole value when absent. */
  index?: number
}

/** Mount points below these would hide what the system or pktw keeps there. */
const reserved = ['/proc', '/sys', '/dev', '/run/pktw']

/** A mount point: absolute, as short as it can be written, and nothing that unit files or fstab stumble over. */
export function whereComplaints(where: string): Complaint[] {
  const complain = (reason: string): Complaint[] => [
    { code: 'settings.bad-where', params: { where, reason } },
  ]
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

/** What the kernel would do instead of noatime; the last one given wins. */
const undoNoatime = /^(atime|relatime|strictatime|diratime)$/

/** Mount options: each well-formed, none that pktw decides itself, and noatime among them. */
export function optionsComplaints(options: readonly string[]): Complaint[] {
  const complaints = options.flatMap((option, index): Complaint[] => {
    const complain = (code: DiagnosticCode): Complaint[] => [{ code, params: { option }, index }]
    if (!/^[A-Za-z0-9_.:=+@%/-]+$/.test(option)) return complain('settings.bad-option')
    if (undoNoatime.test(option)) return complain('settings.option-atime')
    if (option === 'ro') return complain('settings.option-ro')
    if (/^(uid|gid)(=|$)/.test(option)) return complain('settings.option-owner')
    return []
  })
  const told = complaints.some((c) => c.code === 'settings.option-atime')
  if (!options.includes('noatime') && !told) complaints.push({ code: 'settings.no-noatime', params: {} })
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

/** What can stand in a udev match. */
export const isMatchText = (text: string): boolean => /^[^"\p{Cc}\p{Cs}]*[^"\\\s\p{Cc}\p{Cs}]$/u.test(text)
