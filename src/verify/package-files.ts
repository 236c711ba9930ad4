// What somebody else's templates make of packages: scripts, tasks, control files.
import { parseDocument } from 'yaml'
import { diagnose } from '../diagnostics/catalogue.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import type { Template } from '../render/render.ts'
import type { Run } from '../system/run.ts'
import { linesOf, templateLine } from './finding.ts'

interface Fault {
  tool: string
  message: string
  /** Counted from 1; the whole file when absent. */
  line?: number | undefined
}
/** Undefined when it is good; a text says why it cannot be told. */
type Judge = (text: string, run: Run) => Promise<Fault | string | undefined>

const shell =
  (program: string): Judge =>
  async (text, run) => {
    const { code, stderr } = await run(program, ['-n'], { input: text })
    if (code === 127) return `${program} is not installed`
    if (code === 0) return undefined
    // sh: 3: …, bash: line 3: …
    const match = /^\S+ (?:line )?(\d+): (.*)$/.exec(linesOf(stderr)[0] ?? '')
    const line = match === null ? undefined : Number(match[1])
    return { tool: `${program} -n`, message: match?.[2] ?? stderr, line }
  }

const yaml: Judge = async (text) => {
  const [error] = parseDocument(text, { prettyErrors: false }).errors
  if (error === undefined) return undefined
  return { tool: 'YAML', message: error.message, line: text.slice(0, error.pos[0]).split('\n').length }
}

/** deb822(5): a field, or a further line of the one before. */
const control: Judge = async (text) => {
  const bad = text.split('\n').findIndex((line) => !/^([!-,.-9;-~][!-9;-~]*:|[ \t#]|$)/.test(line))
  return bad < 0 ? undefined : { tool: 'deb822(5)', message: 'this is no field', line: bad + 1 }
}

const judges: readonly (readonly [names: RegExp, judge: Judge])[] = [
  [/^package\/deb\/(pre|post)(inst|rm)$/, shell('sh')],
  [/^package\/deb\/control$/, control],
  [/^package\/arch\/(PKGBUILD|pktw\.install)$/, shell('bash')],
  [/^package\/ansible\//, yaml],
]

const untold: Judge = async () => 'what makes the package has to show it'

/** The templates that are not ours, each with what it made. */
export async function verifyFilled(
  filled: readonly { template: Template; text: string }[],
  run: Run,
): Promise<Diagnostic[]> {
  const found: Diagnostic[] = []
  for (const { template, text } of filled) {
    const judge = judges.find(([names]) => names.test(template.name))?.[1] ?? untold
    const fault = await judge(text, run)
    const at = { file: template.file, line: 1, column: 1 }
    if (typeof fault === 'string')
      found.push(diagnose('gen.check-missing', { kind: template.name, reason: fault }, { at }))
    else if (fault !== undefined) {
      const { tool, message, line } = fault
      const from = line === undefined ? undefined : templateLine(template.text, text, line)
      found.push(diagnose('gen.check-package', { tool, message }, { at: { ...at, line: from ?? 1 } }))
    }
  }
  return found
}
