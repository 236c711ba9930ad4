// As much of udevd as 61-pktw.rules needs: lines in order, tokens from the left, the first that does not match ends the
// line. Files and programs are handed in.
import { readUdevLine, udevPattern } from '../render/grammars.ts'

export interface Event {
  kernel: string
  /** Kernel name of the device that it is a partition of. */
  parent?: string
  action?: string
  subsystem?: string
  /** Properties of the event and of the rules before ours. */
  env?: Record<string, string>
  /** Files by path, with their text. */
  files?: Record<string, string>
  /** Properties of the earlier event of the device. */
  db?: Record<string, string>
  /** What IMPORT{program} prints; undefined when it fails. */
  probe?: string
  /** Attributes in sysfs; `ro` of a drive is 0 unless told. */
  attributes?: Record<string, string>
  /** How the programs of PROGRAM end: by the beginning of their command line; well unless told. */
  failing?: string[]
  /** RUN of the rules before ours. */
  run?: string[]
}

export interface Result {
  env: Record<string, string>
  tags: string[]
  links: string[]
  run: string[]
  group?: string
  mode?: string
  /** Command lines of IMPORT{program}. */
  asked: string[]
  /** Command lines of PROGRAM and IMPORT{program}, in order. */
  called: string[]
}

const importText = (env: Record<string, string>, text: string | undefined): boolean => {
  for (const line of text?.split('\n') ?? []) {
    const at = line.indexOf('=')
    if (at > 0) env[line.slice(0, at)] = line.slice(at + 1)
  }
  return text !== undefined
}

/** Lines of a rules file without comments; a label's position by its name. */
function programOf(rules: string) {
  const lines = rules
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map(readUdevLine)
  const labels = new Map<string, number>()
  for (const [i, tokens] of lines.entries())
    for (const { key, value } of tokens) if (key === 'LABEL') labels.set(value, i)
  return { lines, labels }
}

const usual: Record<string, string> = { ro: '0' }

/** What the rules make of the event. Throws on a key that it does not know, and on a GOTO without a label. */
export function play(rules: string, event: Event): Result {
  const { lines, labels } = programOf(rules)
  const env: Record<string, string> = { ...event.env }
  const result: Result = { env, tags: [], links: [], run: [...(event.run ?? [])], asked: [], called: [] }
  const fill = (text: string): string =>
    text.replace(/\$env\{(\w+)\}|\$devnode|%[kPn]|\$\$|%%/g, (m, name?: string) => {
      if (name !== undefined) return env[name] ?? ''
      if (m === '%k') return event.kernel
      if (m === '%P') return event.parent ?? ''
      if (m === '%n') return /\d*$/.exec(event.kernel)?.[0] ?? ''
      return m === '$devnode' ? `/dev/${event.kernel}` : (m[0] as string)
    })
  const facts: Record<string, string> = {
    ACTION: event.action ?? 'change',
    SUBSYSTEM: event.subsystem ?? 'block',
    KERNEL: event.kernel,
  }
  const assign: Record<string, (value: string, op: string) => void> = {
    TAG: (value) => result.tags.push(value),
    SYMLINK: (value) => result.links.push(...value.split(' ')),
    'RUN{program}': (value, op) => {
      if (op === '=') result.run.length = 0
      result.run.push(value)
    },
    GROUP: (value) => (result.group = value),
    MODE: (value) => (result.mode = value),
    LABEL: () => undefined,
  }

  /** False ends the line. */
  const step = (key: string, op: string, raw: string): boolean => {
    const value = fill(raw)
    const property = /^ENV\{(\w+)\}$/.exec(key)?.[1]
    if (op === '==' || op === '!=') {
      if (key === 'PROGRAM') {
        result.called.push(value)
        const well = !(event.failing ?? []).some((beginning) => value.startsWith(beginning))
        return well === (op === '==')
      }
      const name = /^ATTR\{(\w+)\}$/.exec(key)?.[1]
      if (name !== undefined)
        return udevPattern(raw).test(event.attributes?.[name] ?? usual[name] ?? '') === (op === '==')
      if (key === 'TEST') return Object.hasOwn(event.files ?? {}, value) === (op === '==')
      const actual = property === undefined ? facts[key] : (env[property] ?? '')
      if (actual === undefined) throw new Error(`${key} is not known`)
      return udevPattern(raw).test(actual) === (op === '==')
    }
    if (key === 'IMPORT{file}') return importText(env, event.files?.[value])
    if (key === 'IMPORT{db}')
      return importText(env, value in (event.db ?? {}) ? `${value}=${event.db?.[value]}` : undefined)
    if (key === 'IMPORT{program}') {
      result.asked.push(value)
      result.called.push(value)
      return importText(env, event.probe)
    }
    if (property !== undefined) {
      if (value === '') delete env[property]
      else env[property] = op === '+=' && env[property] !== undefined ? `${env[property]} ${value}` : value
      return true
    }
    const act = assign[key]
    if (act === undefined) throw new Error(`${key} is not known`)
    act(value, op)
    return true
  }

  for (let at = 0; at < lines.length; at++) {
    let target: string | undefined
    for (const { key, op, value } of lines[at]!) {
      if (key === 'GOTO') target = value
      else if (!step(key, op, value)) {
        target = undefined
        break
      }
    }
    if (target === undefined) continue
    const next = labels.get(target)
    if (next === undefined || next <= at) throw new Error(`GOTO="${target}" leads nowhere`)
    at = next - 1
  }
  return result
}
