// Small readers of the target grammars, written from their manuals and not from the escapers: what a value becomes
// when udev, systemd, mount, an XML parser and so on read it.

/** udev(7): `KEY OP "value"` tokens of one line. Only `\"` is an escape inside the quotes. */
export function readUdevLine(line: string): { key: string; op: string; value: string }[] {
  const tokens: { key: string; op: string; value: string }[] = []
  let rest = line
  while (rest !== '') {
    const head = /^([A-Z_]+(?:\{[^}]*\})?)(==|!=|\+=|-=|:=|=)"/.exec(rest)
    if (head === null) throw new Error(`not a token: ${rest}`)
    let at = head[0].length
    let value = ''
    while (rest[at] !== '"') {
      if (at >= rest.length) throw new Error('the quote is not closed')
      if (rest[at] === '\\' && rest[at + 1] === '"') at++
      value += rest[at++]
    }
    tokens.push({ key: head[1] as string, op: head[2] as string, value })
    rest = rest.slice(at + 1)
    if (rest !== '' && !rest.startsWith(', ')) throw new Error(`no comma before ${rest}`)
    rest = rest.slice(2)
  }
  return tokens
}

/** udev(7) "SUBSTITUTIONS": what is left of a value without any property to put in. */
export function substituteUdev(value: string): string {
  return value.replace(/\$\$|%%|[$%]/g, (m) => {
    if (m.length === 2) return m[0] as string
    throw new Error(`a substitution in ${value}`)
  })
}

/** udev's command lines: words at spaces, single quotes keep a word together. */
export const splitUdevCommand = (value: string): string[] =>
  [...value.matchAll(/'([^']*)'|([^ ]+)/g)].map((m) => m[1] ?? (m[2] as string))

/** fnmatch(3) with udev's `|`, as a regular expression. */
export function udevPattern(pattern: string): RegExp {
  const one = (p: string): string =>
    p.replace(/\[[^\]]+\]|[*?]|[\\^$.|+(){}[\]]/g, (m) => {
      if (m === '*') return '[^]*'
      if (m === '?') return '[^]'
      return m.length > 1 ? `[${m.slice(1, -1).replace(/[\\[\]^]/g, '\\$&')}]` : `\\${m}`
    })
  return new RegExp(`^(?:${pattern.split('|').map(one).join('|')})$`, 'u')
}

/** systemd.unit(5): specifiers of a value; no variables in one that is not a command line. */
export function readUnitValue(line: string): string {
  if (/\\$|\n/.test(line)) throw new Error('the line goes on')
  return readSpecifiers(line.trim())
}

const readSpecifiers = (text: string): string =>
  text.replace(/%(.|$)/gsu, (_, c: string) => {
    if (c === '%') return '%'
    throw new Error(`specifier %${c}`)
  })

/** systemd.service(5) "COMMAND LINES": quotes and C escapes, then specifiers, then variables. */
export function readExecLine(line: string): string[] {
  const words: string[] = []
  let word: string | undefined
  let quote = ''
  for (let i = 0; i < line.length; i++) {
    const c = line[i] as string
    if (c === '\n') throw new Error('the line ends')
    if (c === '\\') {
      const next = line[++i]
      if (next !== '\\' && next !== '"' && next !== "'") throw new Error(`escape \\${next}`)
      word = (word ?? '') + next
    } else if (quote !== '') {
      if (c === quote) quote = ''
      else word = (word ?? '') + c
    } else if (c === '"' || c === "'") {
      quote = c
      word ??= ''
    } else if (/\s/.test(c)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else word = (word ?? '') + c
  }
  if (quote !== '') throw new Error('the quote is not closed')
  if (word !== undefined) words.push(word)
  return words.map(readSpecifiers).map(readVariables)
}

const readVariables = (word: string): string =>
  word.replace(/\$(.|$)/g, (_, c: string) => {
    if (c === '$') return '$'
    throw new Error(`variable $${c}`)
  })

/** fstab(5): fields at blanks, octal escapes. */
export function readFstabLine(line: string): string[] {
  if (line.startsWith('#') || line.includes('\n')) throw new Error('not one entry')
  return line
    .split(/[ \t]+/)
    .map((field) =>
      field.replace(/\\([0-7]{3})/g, (_, o: string) => String.fromCharCode(Number.parseInt(o, 8))),
    )
}

/** The text of one XML element or attribute. */
export function readXml(text: string): string {
  if (/[<>"']/.test(text)) throw new Error('markup')
  return text.replace(/&(?:#(\d+)|(\w*));?/g, (m, n: string | undefined) => {
    if (n === undefined || !m.endsWith(';')) throw new Error(`entity ${m}`)
    return String.fromCodePoint(Number(n))
  })
}

/** tmpfiles.d(5): the words of a line, unquoted with C escapes, then specifiers. */
export const readTmpfilesLine = (line: string): string[] => {
  const words: string[] = []
  for (const m of line.matchAll(/"((?:[^"\\]|\\["\\])*)"(?: |$)|([^\s"\\]+)(?: |$)/gy))
    words.push(m[1] ?? (m[2] as string))
  return words.map((w) => readSpecifiers(w.replace(/\\(.)/g, '$1')))
}

/** groff(7), groff_char(7): a line of text with the escapes that stand for one character. */
export function readRoffText(line: string): string {
  if (/^[.' ]/.test(line)) throw new Error('a request, or a line that breaks')
  const names: Record<string, string> = { rs: '\\', dq: '"', aq: "'", ga: '`', ha: '^', ti: '~' }
  return line.replace(
    /\\(-|&|\((..)|[\s\S])|[`^~"'-]/g,
    (m, sign: string | undefined, name: string | undefined) => {
      if (sign === '-') return '-'
      if (sign === '&') return ''
      if (name !== undefined && names[name] !== undefined) return names[name]
      throw new Error(`${m} is another character in print`)
    },
  )
}

/** The arguments of a request, in double quotes. */
export function readRoffLine(line: string): string[] {
  const [, rest = ''] = /^\.\w+ ([\s\S]*)$/.exec(line) ?? []
  if (!/^("[^"]*"( |$))*$/.test(rest)) throw new Error(`not all in quotes: ${rest}`)
  return [...rest.matchAll(/"([^"]*)"/g)].map((m) => m[1] as string)
}
