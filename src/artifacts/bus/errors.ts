// Names of errors on the bus, made from the codes of the catalogue, and the text that goes with them.
import { catalogue, type DiagnosticCode } from '../../diagnostics/catalogue.ts'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'

const prefix = 'org.pktw.Error.'

const camel = (word: string): string =>
  word
    .split('-')
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('')

/** Areas whose name says nothing about the error: where the code was first told. */
const silent = new Set(['cli', 'bus'])

/** `cli.not-ready` → `org.pktw.Error.NotReady`, `prepare.mounted` → `org.pktw.Error.PrepareMounted`. */
export function errorName(code: string): string {
  const [area = '', ...rest] = code.split('.')
  const word = camel(rest.join('-'))
  return `${prefix}${silent.has(area) ? '' : camel(area)}${word}`
}

const codes = new Map(Object.keys(catalogue).map((code) => [errorName(code), code as DiagnosticCode]))

/** The text of an error: message and remedy on lines of their own, an empty line between two problems. */
export const errorText = (diagnostics: readonly Diagnostic[]): string =>
  diagnostics
    .map(({ message, remedy }) => (remedy === undefined ? message : `${message}\n${remedy}`))
    .join('\n\n')

/** The diagnostics that an error was made from; undefined for an error that is none of ours. */
export function diagnosticsOf(name: string, text: string): Diagnostic[] | undefined {
  const code = codes.get(name)
  if (code === undefined) return undefined
  return text.split('\n\n').map((problem) => {
    const [message = '', remedy] = problem.split('\n')
    const { severity } = catalogue[code]
    return { code, severity, message, ...(remedy === undefined ? {} : { remedy }) }
  })
}
