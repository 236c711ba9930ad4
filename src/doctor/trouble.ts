// What a trouble is: one row of the table.
import type { DiagnosticCode } from '../diagnostics/catalogue.ts'
import type { MachineFacts } from './facts.ts'

/** What --fix may do. Only what takes nothing away that anybody could miss. */
export type Fix =
  | { do: 'run'; program: string; argv: string[]; input?: string }
  | { do: 'remove'; path: string }
  | { do: 'link'; path: string; target: string }

export interface Finding {
  /** What was seen that shows it: a file, a line, a value. */
  evidence: string
  /** For the message and the remedy. */
  params?: Record<string, string | number>
  fix?: Fix[]
}

export interface Trouble {
  code: Extract<DiagnosticCode, `doctor.${string}`>
  /** For the manual: how it comes about, and what it does. */
  about: string
  /** For the manual: what is looked at. */
  evidence: string
  /** For the manual: what --fix does about it, where it is safe. */
  fix?: string
  look: (facts: MachineFacts) => Finding[]
}
