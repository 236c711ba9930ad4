// How a command line is described, once: --help, the man pages and the completion of shells are made from these tables.
import type { Argv, InferredOptionTypes, Options } from 'yargs'

/** As yargs takes it; `describe` is one line, without a full stop. */
export type Option = Options & {
  describe: string
  /** What its value is called in the manual: `DIR`. */
  value?: string
  /** Its value is a file or a directory, for completion. */
  path?: true
}

export interface Verb {
  /** With its positional arguments: `status [drive]`. */
  usage: string
  /** One line for the list of verbs. */
  describe: string
  /** Further paragraphs for the man page. */
  more?: readonly string[]
  positionals: Readonly<Record<string, Option>>
  options: Readonly<Record<string, Option>>
  /** Command line, where `$0` is the program, and what it is for. */
  examples: readonly (readonly [command: string, what: string])[]
}

export interface Program {
  name: string
  /** Of the manual: 1 for what people call, 8 for what the system does. */
  section: 1 | 8
  /** Half a sentence, for the list of man pages. */
  what: string
  /** Paragraphs of the man page. */
  about: readonly string[]
  /** What follows the name in a line of usage; `VERB` unless said. */
  synopsis?: string
  verbs: readonly Verb[]
  /** Options of the program itself, without a verb. */
  options: Readonly<Record<string, Option>>
  examples: readonly (readonly [command: string, what: string])[]
  /** What it exits with, as one line. */
  exit: string
  /** Files and environment: name, what it is. */
  files: readonly (readonly [path: string, what: string])[]
  environment: readonly (readonly [name: string, what: string])[]
  /** Other pages: `pktw.yaml(5)`. */
  also: readonly string[]
}

/** The first word of a verb's usage. */
export const nameOf = (verb: Verb): string => verb.usage.split(' ')[0] as string

/** The usage of a verb below another, without that one: `check <file>`. */
export const below = (verb: Verb): string => verb.usage.slice(verb.usage.indexOf(' ') + 1)

type Given<T, V extends Verb> = T & InferredOptionTypes<V['options']> & InferredOptionTypes<V['positionals']>

/** Teaches yargs what holds for every verb; `misuse` makes the error that a wrong command line ends with. */
export function strictly<T>(
  parser: Argv<T>,
  { exit }: Program,
  { version, columns = 100, misuse }: { version: string; columns?: number; misuse(why: string): Error },
): Argv<T> {
  return (
    parser
      // An option that is given twice is the last one, as with other programs.
      .parserConfiguration({ 'duplicate-arguments-array': false })
      .epilogue(exit)
      .version(version)
      .alias('help', 'h')
      .demandCommand(1, 'say what to do: a verb is missing')
      .strict()
      .recommendCommands()
      .exitProcess(false)
      .wrap(Math.min(100, columns))
      .fail((message, error) => {
        // A YError is yargs' own: an option without its value.
        if (error !== undefined && error !== null && error.name !== 'YError') throw error
        throw misuse((message ?? error.message).replace(/\s+/g, ' '))
      })
  )
}

/** Teaches yargs a verb: what it takes, examples, exit codes. */
export function taking<T, V extends Verb>(parser: Argv<T>, verb: V, exit: string): Argv<Given<T, V>> {
  parser.epilogue(exit).options(verb.options)
  for (const [name, option] of Object.entries(verb.positionals)) {
    const { requiresArg: _, ...positional } = option
    parser.positional(name, positional as Parameters<typeof parser.positional>[1])
  }
  for (const [command, what] of verb.examples) parser.example(command, what)
  return parser as unknown as Argv<Given<T, V>>
}
