// Grammars that no program checks without acting on the file.
import { type Position, parse } from 'acorn'
import type { Artifact } from '../artifacts/artifact.ts'
import { busName } from '../artifacts/bus/interfaces.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import type { CompiledSettings } from '../settings/compiled.ts'
import { tellFinding } from './finding.ts'
import type { Room } from './room.ts'

interface Fault {
  message: string
  /** Counted from 1. */
  line: number | undefined
}

/** ECMAScript 5, which is all that polkit's interpreter promises (polkit(8), duktape). */
function polkitRule(text: string): Fault | undefined {
  try {
    parse(text, { ecmaVersion: 5 })
    return undefined
  } catch (error) {
    const { message, loc } = error as SyntaxError & { loc?: Position }
    return { message: message.replace(/ \(\d+:\d+\)$/, ''), line: loc?.line }
  }
}

function jsonText(text: string): Fault | undefined {
  try {
    JSON.parse(text)
    return undefined
  } catch (error) {
    const { message } = error as Error
    const at = /position (\d+)/.exec(message)?.[1]
    const line = at === undefined ? undefined : text.slice(0, Number(at)).split('\n').length
    return { message, line }
  }
}

/** The first line that is neither empty, nor a comment, nor what it should be. A backslash at its end takes the next one along. */
function eachLine(
  text: string,
  isGood: (line: string) => boolean,
  message: string,
  comment = /^\s*#/,
): Fault | undefined {
  const lines = text.split('\n')
  const bad = lines.findIndex(
    (line, i) => line.trim() !== '' && !comment.test(line) && !lines[i - 1]?.endsWith('\\') && !isGood(line),
  )
  return bad < 0 ? undefined : { message, line: bad + 1 }
}

const modprobeCommands = /^\s*(alias|blacklist|config|install|options|remove|softdep|weakdep)\s+\S/

/** The keys of a group in a file of such, undefined when there is no such group (Desktop Entry Specification, Basic format). */
const keysOf = (text: string, group: string): Map<string, string> | undefined => {
  const found = text.split(/^(?=\[)/m).find((part) => part.startsWith(`[${group}]\n`))
  return found === undefined
    ? undefined
    : new Map(
        [...found.matchAll(/^([A-Za-z0-9-]+) *= *(.*)$/gm)].map((m) => [m[1] as string, m[2] as string]),
      )
}

const whole = (message: string): Fault => ({ message, line: undefined })

/** D-Bus Specification, Message Bus Starting Services: dbus-daemon passes over a file that is none, without a word. */
function activationFile(text: string): Fault | undefined {
  const isGood = (line: string) => /^(\[[^[\]]+\]|[A-Za-z0-9-]+ *=.*)$/.test(line)
  const bad = eachLine(text, isGood, 'not [GROUP] or KEY=VALUE', /^#/)
  if (bad !== undefined) return bad
  const keys = keysOf(text, 'D-BUS Service')
  if (keys === undefined) return whole('there is no group [D-BUS Service]')
  const missing = ['Name', 'Exec'].find((key) => !keys.has(key))
  if (missing !== undefined) return whole(`there is no ${missing} in [D-BUS Service]`)
  return keys.get('Name') === busName ? undefined : whole(`Name is not ${busName}, as the file is called`)
}

const autostartEntry = (text: string): Fault | undefined =>
  keysOf(text, 'Desktop Entry')?.has('Exec') === true
    ? undefined
    : whole('there is no Exec in [Desktop Entry]: nothing is started')

/** polkit(8), Declaring actions: a policy with another answer is ignored. */
function policyAnswers(text: string): Fault | undefined {
  const answers = /^(no|yes|auth_(self|admin)(_keep)?)$/
  const lines = text.split('\n')
  const bad = lines.findIndex((line) =>
    [...line.matchAll(/<(allow_(?:any|inactive|active))>([^<]*)</g)].some(
      (m) => !answers.test(m[2] as string),
    ),
  )
  return bad < 0 ? undefined : { message: 'this is no answer that polkit knows', line: bad + 1 }
}

/** A word, or the numbers that the files on the disc get (mount.owner). */
function isOwner(owner: unknown): boolean {
  if (typeof owner === 'string') return true
  const numbers = owner as { uid?: unknown; gid?: unknown } | null | undefined
  return Number.isInteger(numbers?.uid) && Number.isInteger(numbers?.gid)
}

/** What the hooks read (settings/compiled.ts). */
function compiledSettings(text: string): Fault | undefined {
  const bad = jsonText(text)
  if (bad !== undefined) return bad
  const settings = JSON.parse(text) as Partial<CompiledSettings> | null
  const isGood = {
    group: typeof settings?.group === 'string',
    style: typeof settings?.style === 'string',
    owner: isOwner(settings?.owner),
    eject: typeof settings?.eject === 'boolean',
    options: Array.isArray(settings?.options),
    mounts:
      Array.isArray(settings?.mounts) && settings.mounts.every((m) => typeof m?.where === 'string' && m.unit),
    write: typeof settings?.write === 'object' && settings.write !== null,
  }
  const missing = Object.entries(isGood).find(([, good]) => !good)
  return missing === undefined ? undefined : whole(`the hooks find no ${missing[0]} in it`)
}

interface Grammar {
  /** Where it is written. */
  name: string
  fault(text: string): Fault | undefined
}

const grammars: Readonly<Record<string, Grammar>> = {
  'polkit-rules': { name: 'ECMAScript 5', fault: polkitRule },
  'polkit-policy': { name: 'polkit(8)', fault: policyAnswers },
  'session-autostart': { name: 'Desktop Application Autostart Specification', fault: autostartEntry },
  'compiled-settings': { name: 'JSON', fault: compiledSettings },
  'settings-schema': { name: 'JSON', fault: jsonText },
  'bus-activation': { name: 'D-Bus Specification', fault: activationFile },
  modprobe: {
    name: 'modprobe.d(5)',
    fault: (text) => eachLine(text, (line) => modprobeCommands.test(line), 'this is no command of modprobe'),
  },
  'modules-load': {
    name: 'modules-load.d(5)',
    fault: (text) =>
      eachLine(text, (line) => /^\s*[\w-]+\s*$/.test(line), 'this is no name of a module', /^\s*[#;]/),
  },
}

function faultOf(artifact: Artifact): (Fault & { tool: string }) | undefined {
  const grammar = grammars[artifact.kind]
  const fault = grammar?.fault(artifact.text)
  return grammar === undefined || fault === undefined ? undefined : { tool: grammar.name, ...fault }
}

/** Each over its files. */
export const checkByGrammar = (room: Pick<Room, 'among' | 'templates' | 'placeOf'>): Diagnostic[] =>
  room.among.flatMap((artifact) => {
    const fault = faultOf(artifact)
    return fault === undefined ? [] : [tellFinding({ artifact, code: 'gen.check-file', ...fault }, room)]
  })
