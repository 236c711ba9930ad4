// What the templates of man pages are filled with.
import { settingsReference } from '../settings/reference.ts'
import type { Layout } from './artifact.ts'
import { nameOf, type Option, type Program, type Verb } from './commands/command.ts'
import { pktw } from './commands/pktw.ts'
import { pktwGen } from './commands/pktw-gen.ts'
import { pktwd } from './commands/pktwd.ts'
import { pktwEngine, pktwHook, pktwProbe, pktwSession } from './commands/private.ts'
import type { Release } from './release.ts'

export const programs: readonly Program[] = [
  pktw,
  pktwGen,
  pktwHook,
  pktwProbe,
  pktwEngine,
  pktwd,
  pktwSession,
]

/** An option of this many verbs is told once. */
const often = 3

const sentence = (text: string): string => {
  // A path or an address is written as it is.
  const upper = /^\S*[/._]\S/.test(text) ? text : text.charAt(0).toUpperCase() + text.slice(1)
  return /[.!?]$/.test(upper) ? upper : `${upper}.`
}

/** As it is typed, and what is to be known of it. */
function optionRow([name, option]: readonly [string, Option]) {
  const { alias, choices, default: usual, describe, type, value, demandOption } = option
  const notes = [
    ...(choices === undefined ? [] : [`One of ${choices.join(', ')}.`]),
    ...(usual === undefined || usual === false
      ? []
      : [`Default: ${usual === '.' ? 'the current directory' : usual}.`]),
    ...(demandOption === true ? ['Must be given.'] : []),
  ]
  return {
    flags: alias === undefined ? `--${name}` : `-${alias}, --${name}`,
    value: type === 'boolean' ? '' : (value ?? (choices === undefined ? 'TEXT' : 'NAME')),
    text: [sentence(describe), ...notes].join(' '),
  }
}

const entriesOf = (verb: Verb): [string, Option][] => Object.entries(verb.options)
const sameAs =
  ([name, option]: readonly [string, Option]) =>
  (other: readonly [string, Option]): boolean =>
    other[0] === name && other[1].describe === option.describe

/** Options that many verbs have. */
function commonOptions(verbs: readonly Verb[]): [string, Option][] {
  const all = verbs.flatMap(entriesOf)
  return all.filter(
    (entry, index) => all.findIndex(sameAs(entry)) === index && all.filter(sameAs(entry)).length >= often,
  )
}

/** `status [drive]` → what precedes the name of an argument, the name, what follows. */
const argumentsOf = (usage: string) =>
  usage
    .split(' ')
    .filter((word) => /^[[<]/.test(word))
    .map((word) => ({
      before: word.startsWith('[') ? '[' : '',
      name: word.slice(1, -1),
      after: word.startsWith('[') ? ']' : '',
    }))

const commandOf = (usage: string): string =>
  usage
    .split(' ')
    .filter((word) => !/^[[<]/.test(word))
    .join(' ')

function exampleRows(program: Program, examples: Verb['examples']) {
  return examples.map(([command, what]) => ({
    command: command.replaceAll('$0', program.name),
    what: sentence(what),
  }))
}

function verbRow(program: Program, verb: Verb, common: readonly (readonly [string, Option])[]) {
  const isCommon = (entry: readonly [string, Option]) => common.some(sameAs(entry))
  const shared = entriesOf(verb).filter(isCommon)
  return {
    command: commandOf(verb.usage),
    arguments: argumentsOf(verb.usage),
    optional: Object.keys(verb.options).length > 0,
    describe: sentence(verb.describe),
    more: [...(verb.more ?? [])],
    positionals: Object.entries(verb.positionals).map(([name, option]) => ({
      name,
      text: optionRow([name, option]).text,
    })),
    options: entriesOf(verb)
      .filter((entry) => !isCommon(entry))
      .map(optionRow),
    shared: sharedText(shared),
    examples: exampleRows(program, verb.examples),
  }
}

/** Names; of those that belong to a group only the first. */
function sharedText(shared: readonly (readonly [string, Option])[]): string {
  const groups = unique(shared.map(([, { group }]) => group))
  const single = shared.filter(([, { group }]) => group === undefined).map(([name]) => `--${name}`)
  const first = groups.flatMap((group) => {
    const name = group === undefined ? undefined : shared.find(([, option]) => option.group === group)?.[0]
    return name === undefined ? [] : [`--${name} and the other directories`]
  })
  return [...single, ...first].join(', ')
}

const unique = <T>(list: readonly T[]): T[] => [...new Set(list)]

const references = (also: readonly string[]) =>
  [...also].sort().map((page) => {
    const match = /^(.*)\((\d)\)$/.exec(page) as RegExpExecArray
    return { name: match[1] as string, section: match[2] as string }
  })

export function programPage(program: Program, release: Release): Record<string, unknown> {
  const common = commonOptions(program.verbs)
  const always: [string, Option][] = [
    ['help', { type: 'boolean', describe: 'Show help', ...(program.section === 1 ? { alias: 'h' } : {}) }],
    ...(program.section === 1
      ? [['version', { type: 'boolean', describe: 'Show version number' }] as [string, Option]]
      : []),
  ]
  return {
    ...release,
    title: program.name.toUpperCase(),
    name: program.name,
    section: program.section,
    what: program.what,
    synopsis: program.synopsis ?? '',
    about: [...program.about],
    verbs: program.verbs.map((verb) => verbRow(program, verb, common)),
    options: [...Object.entries(program.options), ...common, ...always].map(optionRow),
    exit: program.exit.replace(/^Exit codes: /, ''),
    files: program.files.map(([path, what]) => ({ path, what: sentence(what) })),
    environment: program.environment.map(([name, what]) => ({ name, what: sentence(what) })),
    examples: exampleRows(program, program.examples),
    also: references(program.also),
  }
}

export function settingsPage(release: Release): Record<string, unknown> {
  return {
    ...release,
    keys: settingsReference().map((row) => ({
      ...row,
      default: row.default ?? 'none',
      unit: row.unit ?? '',
    })),
    also: references(['pktw(1)', 'pktw(7)', 'pktw-gen(1)', 'udev(7)', 'mount(8)']),
  }
}

/** What of the layout the overview names. */
export function overviewPage(layout: Layout, release: Release): Record<string, unknown> {
  const { libdir, udevrulesdir, unitdir, polkitactionsdir, dbusinterfacesdir } = layout
  return {
    ...release,
    files: [
      { path: '/etc/pktw/pktw.yaml', what: 'Settings, see pktw.yaml(5).' },
      { path: '/etc/pktw/templates/', what: 'Templates that take the place of those of pktw.' },
      { path: `${udevrulesdir}/61-pktw.rules`, what: 'Which discs become packet devices.' },
      { path: `${unitdir}/pktw@.service`, what: 'The life of one disc in a drive.' },
      { path: `${polkitactionsdir}/org.pktw.policy`, what: 'What who may do, unless rules say otherwise.' },
      { path: `${dbusinterfacesdir}/org.pktw.Pktw1.xml`, what: 'The service on the bus, for programs.' },
      { path: `${libdir}/`, what: 'Private programs, and the settings as they read them.' },
      { path: '/run/pktw/', what: 'State of this boot.' },
      { path: '/var/lib/pktw/', what: 'Journals and records of discs.' },
    ],
    programs: programs.map(({ name, section, what }) => ({ name, section, what: sentence(what) })),
    also: references([
      ...programs.map(({ name, section }) => `${name}(${section})`),
      'pktw.yaml(5)',
      'mkudffs(8)',
      'systemd.mount(5)',
      'udev(7)',
    ]),
  }
}

/** For completion: which verbs have an option whose value is a file or a directory. */
export const pathOptions = (program: Program): { option: string; verbs: string[] }[] => {
  const names = new Set(
    program.verbs.flatMap((verb) => entriesOf(verb).flatMap(([name, { path }]) => (path ? [name] : []))),
  )
  return [...names].map((option) => ({
    option,
    verbs: program.verbs.filter((verb) => verb.options[option] !== undefined).map(nameOf),
  }))
}
