// pktw doctor
import { diagnose } from '../diagnostics/catalogue.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { formatDiagnostic } from '../diagnostics/print.ts'
import { exit } from '../diagnostics/stop.ts'
import { examine, type Found } from '../doctor/table.ts'
import type { Fix } from '../doctor/trouble.ts'
import { messageOf } from '../steps/failure.ts'
import { realSystem } from '../system/real.ts'
import type { System } from '../system/system.ts'
import { alone, needRoot } from './apply.ts'
import { machineFacts } from './doctor-facts.ts'
import { say, sayJson, tell } from './terminal.ts'

export interface DoctorOptions {
  fix: boolean
  json: boolean
}

/** One thing of a remedy. Rejects with why it did not work. */
async function mend(system: System, fix: Fix): Promise<void> {
  switch (fix.do) {
    case 'remove':
      return system.removeFile(fix.path)
    case 'link':
      return system.makeSymlink(fix.path, fix.target)
    case 'run': {
      const { program, argv, input } = fix
      const { code, stderr } = await system.run(program, argv, input === undefined ? {} : { input })
      if (code !== 0) throw new Error(stderr.trim().split('\n')[0] || `${fix.program} ended with ${code}`)
    }
  }
}

/** Mends what can be mended, and gives what could not. */
async function mendAll(system: System, found: readonly Found[]): Promise<Diagnostic[]> {
  const failed: Diagnostic[] = []
  for (const { fix = [], command } of found)
    try {
      for (const one of fix) await mend(system, one)
    } catch (error) {
      failed.push(diagnose('cli.fix-failed', { command, why: messageOf(error) }))
    }
  return failed
}

const textOf = (found: Found): string =>
  [
    formatDiagnostic(found),
    `  seen: ${found.evidence}`,
    ...(found.fix === undefined ? [] : ['  sudo pktw doctor --fix does this']),
  ].join('\n')

/** Gives the exit code; throws Stop. */
export async function doctor(
  options: DoctorOptions,
  system: System = realSystem(),
  sudoUser: string | undefined = process.env.SUDO_USER,
): Promise<number> {
  if (options.fix) needRoot(system, false)
  const look = async (): Promise<Found[]> => examine(await machineFacts(system, sudoUser))
  let found = await look()
  let failed: Diagnostic[] = []
  let fixed: Found[] = []
  if (options.fix && found.some((f) => f.fix !== undefined)) {
    const before = found.filter((f) => f.fix !== undefined)
    failed = await alone(system, false, async (notes) => [...notes, ...(await mendAll(system, before))])
    found = await look()
    const left = new Set(found.map((f) => `${f.code} ${f.evidence}`))
    fixed = before.filter((f) => !left.has(`${f.code} ${f.evidence}`))
  }
  const bad = failed.length > 0 || found.some((f) => f.severity !== 'info')
  if (options.json) sayJson({ troubles: found, fixed, failed })
  else {
    tell(failed)
    const lines = [
      ...fixed.map((f) => `mended: ${f.message}`),
      ...found.map(textOf),
      ...(found.length === 0 ? ['no trouble found'] : []),
    ]
    say(lines.join('\n'))
  }
  return bad ? exit.findings : exit.done
}
