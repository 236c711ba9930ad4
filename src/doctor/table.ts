// All troubles that are known, and what of them a machine has.
import { diagnose } from '../diagnostics/catalogue.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { driveTroubles } from './drive-troubles.ts'
import type { MachineFacts } from './facts.ts'
import { machineTroubles } from './machine-troubles.ts'
import type { Fix, Trouble } from './trouble.ts'

export const troubles: readonly Trouble[] = [...machineTroubles, ...driveTroubles]

export interface Found extends Diagnostic {
  evidence: string
  /** The remedy as a command. */
  command: string
  /** What --fix does; absent where it is left to people. */
  fix?: Fix[]
}

/** The first command in backticks. */
export const commandIn = (remedy: string): string => /`([^`]+)`/.exec(remedy)?.[1] ?? ''

/** In the order of the table. */
export const examine = (facts: MachineFacts): Found[] =>
  troubles.flatMap(({ code, look }) =>
    look(facts).map(({ evidence, params, fix }) => {
      const told = diagnose(code, params)
      return {
        ...told,
        evidence,
        command: commandIn(told.remedy ?? ''),
        ...(fix === undefined ? {} : { fix }),
      }
    }),
  )
