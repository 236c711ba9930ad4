// The generated parts of docs/bus.md.
import { type CatalogueRow, catalogue } from '../../diagnostics/catalogue.ts'
import { polkitActions } from '../polkit-actions.ts'
import { errorName } from './errors.ts'
import type { Argument, Interface } from './interface.ts'
import { ourInterfaces } from './interfaces.ts'

const cell = (text: string): string => text.replace(/\|/g, '\\|')
const args = (list: readonly Argument[]): string =>
  list.map(({ name, type }) => `${type} *${name}*`).join(', ')

function methodText({ name, in: given, out, what, errors }: Interface['methods'][number]): string {
  const gives = out.length === 0 ? '' : ` → ${args(out)}`
  const names = errors.map((code) => `\`${errorName(code).replace('org.pktw.Error.', '')}\``)
  const fails = names.length === 0 ? '' : ` Errors: ${names.join(', ')}.`
  return `- **${name}**(${args(given)})${gives}: ${what}${fails}\n`
}

function interfaceText({ name, what, methods, properties, signals }: Interface): string {
  const rows = properties.map((p) => `| \`${p.name}\` | \`${p.type}\` | ${cell(p.what)} |\n`)
  const table = rows.length === 0 ? '' : `\n| property | type | |\n|---|---|---|\n${rows.join('')}`
  const told = signals.map((s) => `- signal **${s.name}**(${args(s.args)}): ${s.what}\n`)
  const lists = [...methods.map(methodText), ...told].join('')
  return `### ${name}\n\n${what}\n${lists === '' ? '' : `\n${lists}`}${table}`
}

/** All interfaces. */
export const interfacesManual = (): string => ourInterfaces.map(interfaceText).join('\n')

/** The errors that methods name, once each. */
export function errorsManual(): string {
  const codes = [
    ...new Set([
      ...ourInterfaces.flatMap(({ methods }) => methods.flatMap(({ errors }) => errors)),
      ...(['bus.not-authorized', 'bus.no-polkit', 'bus.too-many-calls', 'bus.no-such-drive'] as const),
      ...(['bus.systemd-silent'] as const),
    ]),
  ]
  const shown = (text: string): string => cell(text.replace(/\{(\w+)\}/g, '*$1*'))
  const rows = codes.map((code) => {
    const row: CatalogueRow = catalogue[code]
    return `| \`${errorName(code)}\` | \`${code}\` | ${shown(row.message)} |\n`
  })
  return `| error | code | message |\n|---|---|---|\n${rows.join('')}`
}

/** polkit's actions and what the policy says unless rules say otherwise. */
export function actionsManual(): string {
  const rows = polkitActions.map(
    ({ id, description, active, inactive, any }) =>
      `| \`${id}\` | ${description} | ${active} | ${inactive} | ${any} |\n`,
  )
  return `| action | | in front of the machine | logged in there, not in front | others |\n|---|---|---|---|---|\n${rows.join('')}`
}
