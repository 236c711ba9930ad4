// Every key of pktw.yaml as a row for people, read off the schema: docs/settings.md and pktw.yaml(5) are made from these.
import { stringify } from 'yaml'
import { z } from 'zod'
import { settingsSchema } from './schema.ts'

interface Node {
  type?: string | string[]
  enum?: unknown[]
  const?: unknown
  anyOf?: Node[]
  items?: Node
  properties?: Record<string, Node>
  minimum?: number
  maximum?: number
  default?: unknown
  description?: string
  examples?: unknown[]
  'x-why'?: string
  'x-unit'?: string
}

export interface KeyRow {
  /** `drives[].match.vendor` */
  key: string
  type: string
  /** As YAML has it, on one line; undefined for a key that may be missing altogether. */
  default: string | undefined
  unit: string | undefined
  example: string
  what: string
  why: string
}

let schema: object | undefined
/** JSON Schema (draft 2020-12) of pktw.yaml, for editors. Made once; not to be changed. */
export function settingsJsonSchema(): object {
  schema ??= z.toJSONSchema(settingsSchema, { io: 'input' })
  return schema
}

/** On one line. */
const yaml = (value: unknown): string =>
  stringify(value, {
    collectionStyle: 'flow',
    lineWidth: 0,
    defaultStringType: 'PLAIN',
    flowCollectionPadding: true,
  })
    .trim()
    .replace(/\s*\n\s*/g, ' ')

const range = ({ minimum, maximum }: Node): string =>
  minimum === undefined ? '' : maximum === undefined ? `, at least ${minimum}` : `, ${minimum} to ${maximum}`

const unique = <T>(list: readonly T[]): T[] => [...new Set(list)]

/** In the words of a YAML file. */
function typeOf(node: Node): string {
  if (node.anyOf !== undefined) return unique(node.anyOf.map(typeOf)).join(', or ')
  if (node.enum !== undefined) return node.enum.join(' | ')
  if (node.const !== undefined) return String(node.const)
  switch (Array.isArray(node.type) ? node.type[0] : node.type) {
    case 'integer':
      return `whole number${range(node)}`
    case 'number':
      return `number${range(node)}`
    case 'boolean':
      return 'true | false'
    case 'array':
      return node.items?.type === 'object' ? 'list of mappings' : `list of ${typeOf(node.items ?? {})}s`
    case 'object': {
      const types = Object.entries(node.properties ?? {}).map(([key, value]) => [key, typeOf(value)] as const)
      if (unique(types.map(([, type]) => type)).length > 1)
        return types.map(([key, type]) => `${key}: ${type}`).join('; ')
      return `{ ${types.map(([key]) => key).join(', ')} }: ${types[0]?.[1]}`
    }
    default:
      return 'text'
  }
}

/** Of the key, or of the keys in it. */
function defaultOf(node: Node): string | undefined {
  if (node.properties !== undefined && Object.keys((node.default as object | undefined) ?? {}).length === 0) {
    const below = Object.entries(node.properties).flatMap(([key, { default: value }]) =>
      value === undefined ? [] : [[key, value] as const],
    )
    return below.length > 0 ? yaml(Object.fromEntries(below)) : undefined
  }
  return node.default === undefined ? undefined : yaml(node.default)
}

function rowsOf(node: Node, key: string): KeyRow[] {
  const why = node['x-why']
  const row: KeyRow[] =
    why === undefined
      ? []
      : [
          {
            key,
            type: typeOf(node),
            default: defaultOf(node),
            unit: node['x-unit'],
            example: yaml(node.examples?.[0]),
            what: node.description ?? '',
            why,
          },
        ]
  const below = Object.entries(node.items?.properties ?? node.properties ?? {})
  const prefix = key === '' ? '' : `${key}${node.items === undefined ? '' : '[]'}.`
  return [...row, ...below.flatMap(([name, child]) => rowsOf(child, `${prefix}${name}`))]
}

/** All keys, in the order of the file. */
export const settingsReference = (): KeyRow[] => rowsOf(settingsJsonSchema() as Node, '')

const cell = (text: string): string => text.replace(/\|/g, '\\|')
const code = (text: string): string => `\`${cell(text)}\``

/** The table of docs/settings.md. */
export function settingsTable(): string {
  const rows = settingsReference().map(
    (row) =>
      `| ${code(row.key)} | ${cell(row.type)} | ${row.default === undefined ? '' : code(row.default)} | ${row.unit ?? ''} | ${code(row.example)} | ${cell(row.what)} | ${cell(row.why)} |`,
  )
  return `| key | type | default | unit | example | what | why |\n|---|---|---|---|---|---|---|\n${rows.join('\n')}\n`
}
