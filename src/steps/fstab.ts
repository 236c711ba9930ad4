// fstab(5) as text: our lines in and out, every other byte kept. Texts are Latin-1 strings, one character a byte.

/** The mount point field as written: octal escapes for blanks, as fstab(5) has them. */
const unescapeField = (field: string): string =>
  field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))

const withoutReturn = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line)

/** Bytes ↔ the strings that the functions below take. */
export const fstabText = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')
export const fstabBytes = (text: string): Buffer => Buffer.from(text, 'latin1')
/** A line of an artifact (UTF-16) as the functions below take it. */
export const fstabLine = (line: string): string => Buffer.from(line, 'utf8').toString('latin1')

/** True when a line of the file is exactly `line`. */
export const hasLine = (text: string, line: string): boolean =>
  text.split('\n').some((l) => withoutReturn(l) === line)

/**
 * Adds lines at the end. A file without a final newline stays one without, so that `removeLine` gives back the same
 * bytes.
 */
export function addLine(text: string, line: string): string {
  return text === '' || text.endsWith('\n') ? `${text}${line}\n` : `${text}\n${line}`
}

/** Takes out the last line that is exactly `line` (a carriage return that an editor put there apart), if any. */
export function removeLine(text: string, line: string): string {
  const lines = text.split('\n')
  const index = lines.findLastIndex((l) => withoutReturn(l) === line)
  if (index < 0) return text
  lines.splice(index, 1)
  return lines.join('\n')
}

export interface FstabEntry {
  /** From 1. */
  line: number
  /** From 1, of the mount point field. */
  column: number
  text: string
  /** The first field, as it is written. */
  source: string
  /** The mount point, octal escapes decoded, without trailing slashes. */
  target: string
}

/** Entries that mount something; comments, empty lines and what has no second field are left out. */
export function fstabEntries(text: string): FstabEntry[] {
  return text.split('\n').flatMap((raw, index) => {
    const text = withoutReturn(raw)
    const match = /^[ \t]*([^#\s]\S*[ \t]+)(\S+)/.exec(text)
    if (match === null) return []
    const field = match[2] as string
    const target = unescapeField(field)
    return [
      {
        line: index + 1,
        column: match[0].length - field.length + 1,
        text,
        source: (match[1] as string).trim(),
        target: target.length > 1 ? target.replace(/\/+$/, '') || '/' : target,
      },
    ]
  })
}

/** The entry that mounts what `line` mounts at the same place, in another way: somebody has edited it. */
export function editedEntry(text: string, line: string): FstabEntry | undefined {
  const [meant] = fstabEntries(line)
  if (meant === undefined || hasLine(text, line)) return undefined
  return fstabEntries(text).find((e) => e.source === meant.source && e.target === meant.target)
}
