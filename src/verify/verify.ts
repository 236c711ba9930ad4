// All checkers over all files, or over those that somebody else's templates made.
import type { Artifact } from '../artifacts/artifact.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { checkFstab, checkUdev, checkUnits } from './checkers.ts'
import { checkByGrammar } from './grammars.ts'
import { inRoom, type Machine, type Subject } from './room.ts'
import { checkByTools } from './tools.ts'
import { checkBusPolicy, checkPolkit, checkXml } from './xml.ts'

const checkers = [
  checkUdev,
  checkUnits,
  checkFstab,
  checkPolkit,
  checkBusPolicy,
  checkXml,
  checkByTools,
  checkByGrammar,
]

async function over(among: readonly Artifact[], subject: Subject, machine: Machine): Promise<Diagnostic[]> {
  if (among.length === 0) return []
  return inRoom(subject, async (root) => {
    const room = { ...subject, ...machine, root, among }
    return (await Promise.all(checkers.map(async (check) => check(room)))).flat()
  })
}

/** What the tools of the machine find in the files. Rejects when there is no room in the directory for temporary files. */
export const verify = (subject: Subject, machine: Machine): Promise<Diagnostic[]> =>
  over(subject.artifacts, subject, machine)

/** The same of what comes from templates that are not ours, which may be good Handlebars and no udev rules. */
export const verifyOverridden = (subject: Subject, machine: Machine): Promise<Diagnostic[]> =>
  over(
    subject.artifacts.filter(({ template }) => subject.overridden.has(template)),
    subject,
    machine,
  )
