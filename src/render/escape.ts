// One escaper per target grammar. Each takes a plain value and gives text that the grammar reads back as that very
// value, or throws EscapeError: a value that the grammar cannot hold is refused, never altered.

/** A value that cannot be written in the grammar. `reason` is a half sentence: "holds a line break". */
export class EscapeError extends Error {
  override name = 'EscapeError'
  readonly grammar: string
  readonly value: string
  readonly reason: string
  constructor(grammar: string, value: string, reason: string) {
    super(`${JSON.stringify(value)} ${reason}, which ${grammar} cannot hold`)
    this.grammar = grammar
    this.value = value
    this.reason = reason
  }
}

const controlCharacter = /\p{Cc}/u
const loneSurrogate = /\p{Cs}/u

const refuse = (grammar: string, value: string, pattern: RegExp, reason: string): void => {
  if (pattern.test(value)) throw new EscapeError(grammar, value, reason)
}

const refuseCommon = (grammar: string, value: string): void => {
  refuse(grammar, value, controlCharacter, 'holds a control character')
  refuse(grammar, value, loneSurrogate, 'is not well-formed Unicode')
}

/** What every udev value must keep to: between double quotes, `\"` is the only escape before udev 246. */
const udevQuoted = (value: string): string => {
  refuseCommon('a udev rule', value)
  refuse('a udev rule', value, /"/, 'holds a double quote')
  refuse('a udev rule', value, /\\$/, 'ends in a backslash')
  return value
}

/** A value assigned in a udev rule, inside the double quotes: substitutions are taken literally (udev(7)). */
export const udev = (value: string): string => udevQuoted(value).replace(/[$%]/g, '$&$&')

/** A value compared in a udev rule, literally: `*`, `?` and `[` as bracket expressions. `|` has no escape. */
export function udevMatch(value: string): string {
  refuse('a udev match', value, /\|/, 'holds a vertical bar')
  refuse('a udev match', value, /\\/, 'holds a backslash')
  return udevQuoted(value).replace(/[*?[]/g, '[$&]')
}

/** A pattern compared in a udev rule: `*`, `?`, `[…]` and `|` keep their meaning (udev(7), fnmatch(3)). */
export const udevGlob = (value: string): string => udevQuoted(value)

/** One word of a command line in IMPORT{program} or RUN{program}: udev splits at spaces outside single quotes. */
export function udevArg(value: string): string {
  refuse('a udev command line', value, /^$/, 'is empty')
  refuse('a udev command line', value, /'/, 'holds a single quote')
  const text = udev(value)
  return / /.test(text) ? `'${text}'` : text
}

/**
 * A unit in ENV{SYSTEMD_WANTS}: a unit name, or the absolute path that a mount unit stands for. Whether systemd drops
 * the backslash of a name such as `a\\x2db.mount` depends on its version (src/core/device.c), so it is refused.
 */
export function udevWants(value: string): string {
  refuse('SYSTEMD_WANTS', value, /^$/, 'is empty')
  refuse('SYSTEMD_WANTS', value, /['\\]/, 'holds a quote or a backslash')
  return / /.test(value) ? `'${udev(value)}'` : udev(value)
}

/** The right-hand side of a unit file's line that is one string (What=, Where=, Options=): systemd.unit(5). */
export function unit(value: string): string {
  refuseCommon('a unit file', value)
  refuse('a unit file', value, /\\$/, 'ends in a backslash')
  refuse('a unit file', value, /^\s|\s$/, 'begins or ends with white space')
  return value.replace(/%/g, '%%')
}

/** One word of ExecStart= and its like: quotes, backslashes, specifiers and variables taken literally. */
export function unitArg(value: string): string {
  refuseCommon('a unit file', value)
  const text = value.replace(/[\\"]/g, '\\$&').replace(/[$%]/g, '$&$&')
  return /^[\w./:=,@+$%-]+$/.test(text) ? text : `"${text}"`
}

/** A field of fstab(5): white space and backslash as three octal digits. */
export function fstab(value: string): string {
  refuse('fstab', value, /^$/, 'is empty')
  refuse('fstab', value, /[^\t\n\v\f\r\P{Cc}]/u, 'holds a control character')
  refuse('fstab', value, loneSurrogate, 'is not well-formed Unicode')
  return value
    .replace(/[ \t\n\r\v\f\\]/g, (c) => `\\${c.charCodeAt(0).toString(8).padStart(3, '0')}`)
    .replace(/^#/, '\\043')
}

/** Text or attribute value of an XML 1.0 document. */
export function xml(value: string): string {
  refuse('XML', value, /[^\t\n\r\P{Cc}]|[\ufffe\uffff]/u, 'holds a character XML forbids')
  refuse('XML', value, loneSurrogate, 'is not well-formed Unicode')
  return value.replace(/[&<>"'\t\n\r]/g, (c) => `&#${c.charCodeAt(0)};`)
}

/** A path in tmpfiles.d(5): quoted, C escapes and specifiers taken literally. */
export function tmpfiles(value: string): string {
  refuse('tmpfiles.d', value, /^$/, 'is empty')
  refuseCommon('tmpfiles.d', value)
  const text = value.replace(/[\\"]/g, '\\$&').replace(/%/g, '%%')
  return /^[\w./:=,@+%-]+$/.test(text) ? text : `"${text}"`
}

const roffNames: Record<string, string> = {
  '\\': '\\(rs',
  '"': '\\(dq',
  "'": '\\(aq',
  '`': '\\(ga',
  '^': '\\(ha',
  '~': '\\(ti',
  '-': '\\-',
}

/** Text of a man page, on a line of its own or within one, also between the double quotes of a request: groff_char(7). */
export function roff(value: string): string {
  refuseCommon('a man page', value)
  const text = value.replace(/[\\"'`^~-]/g, (c) => roffNames[c] as string)
  // What begins a line with these is a request, or breaks the line before.
  return /^[. ]/.test(text) ? `\\&${text}` : text
}

/** A day, as ISO 8601 has it. In a man page's title it must not be escaped: mandoc reads it. */
export function isoDate(value: string): string {
  refuse('a date', value, /^(?!\d{4}-\d\d-\d\d$)/, 'is not written YYYY-MM-DD')
  return value
}

/** One word of a completion script in any shell, which needs no quotes. */
export function shell(value: string): string {
  refuse('an unquoted word of a shell', value, /^$/, 'is empty')
  refuse(
    'an unquoted word of a shell',
    value,
    /[^\w./:@%+-]/,
    'holds a character that shells take for their own',
  )
  return value
}

/** One word of a POSIX shell's command, whatever is in it. */
export function sh(value: string): string {
  refuse('a shell script', value, /\0/, 'holds a null byte')
  refuse('a shell script', value, loneSurrogate, 'is not well-formed Unicode')
  return `'${value.replaceAll("'", `'\\''`)}'`
}

/** The value of a field of one line in a Debian control file: deb822(5). */
export function control(value: string): string {
  refuseCommon('a Debian control file', value)
  refuse('a Debian control file', value, /^$/, 'is empty')
  refuse('a Debian control file', value, /^\s|\s$/, 'begins or ends with white space')
  return value
}

/** Further lines of a field in a Debian control file, below its first: deb822(5). An empty line is a full stop there. */
export function controlText(value: string): string {
  refuse('a Debian control file', value, /[^\t\n\P{Cc}]/u, 'holds a control character')
  refuse('a Debian control file', value, loneSurrogate, 'is not well-formed Unicode')
  return value
    .trimEnd()
    .split('\n')
    .map((line) => (line.trim() === '' ? ' .' : ` ${line.trimEnd()}`))
    .join('\n')
}

/** Text on one line of a spec file of RPM: macros taken literally. */
export function spec(value: string): string {
  refuseCommon('a spec file', value)
  return value.replaceAll('%', '%%')
}

/** A string in the YAML of Ansible, which would fill in variables. */
export function ansible(value: string): string {
  refuse('a playbook', value, /\{[{%#]/, 'holds what Jinja takes for its own')
  return yaml(value)
}

/** A string in YAML 1.2, always in double quotes. */
export function yaml(value: string): string {
  refuse('YAML', value, loneSurrogate, 'is not well-formed Unicode')
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** A string literal of ECMAScript 5, as polkit's rules need it. */
export const js = (value: string): string =>
  JSON.stringify(value).replace(/[\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16)}`)

/** Any JSON value, indented by two. */
export const json = (value: unknown): string => JSON.stringify(value, null, 2)
