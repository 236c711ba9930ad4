// The platform's own tools, one function each. A tool that is not there is told by name, never passed over.
import path from 'node:path'
import type { Artifact, Layout } from '../../artifacts/artifact.ts'
import { type DiagnosticCode, diagnose } from '../../diagnostics/catalogue.ts'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import type { RunOptions, RunResult } from '../../system/run.ts'
import { type PlaceOf, tellFinding } from './finding.ts'

export type Run = (program: string, argv: readonly string[], options?: RunOptions) => Promise<RunResult>

export interface Room {
  root: string
  artifacts: readonly Artifact[]
  layout: Layout
  run: Run
  placeOf: PlaceOf
}

const skipped = (kind: string, reason: string): Diagnostic[] => [
  diagnose('gen.check-skipped', { kind, reason }),
]

/** Tells one line of a tool's output at the artifact whose file it names, or at the only one there is. */
function tellLine(
  code: DiagnosticCode,
  said: string,
  among: readonly Artifact[],
  placeOf: PlaceOf,
): Diagnostic {
  const artifact = among.find((a) => said.includes(path.posix.basename(a.path))) ?? among[0]!
  const name = path.posix.basename(artifact.path).replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const match = new RegExp(`\\S*${name}:(\\d+):? *(.*)$`).exec(said)
  const line = match === null ? undefined : Number(match[1])
  return tellFinding({ artifact, code, message: match?.[2] ?? said, line }, placeOf)
}

const linesOf = (text: string): string[] => text.split('\n').filter((line) => line.trim() !== '')

/** `udevadm verify` came with systemd 254; it also holds udev's house style. */
export async function checkUdev({ root, artifacts, run, placeOf }: Room): Promise<Diagnostic[]> {
  const rules = artifacts.filter((a) => a.kind === 'udev-rules')
  const result = await run('udevadm', [
    'verify',
    '--resolve-names=never',
    '--no-summary',
    ...rules.map((a) => path.join(root, a.path)),
  ])
  if (result.code === 127) return skipped('udev-rules', 'udevadm is not installed')
  if (/unknown command verb/i.test(result.stderr))
    return skipped('udev-rules', 'this udevadm has no verb verify, which came with systemd 254')
  if (result.code === 0) return []
  const said = linesOf(`${result.stderr}\n${result.stdout}`)
  return (said.length === 0 ? [`exit code ${result.code}`] : said).map((s) =>
    tellLine('gen.check-udev', s, rules, placeOf),
  )
}

/** `systemd-analyze verify` exits 0 on unknown keys: what counts is that it says nothing. */
export async function checkUnits({ root, artifacts, layout, run, placeOf }: Room): Promise<Diagnostic[]> {
  // Those of users are read as the system's: the grammar is the same, and a user's manager takes no --root.
  const places = [layout.unitdir, layout.userunitdir]
  const units = artifacts.filter((a) => places.some((place) => a.path.startsWith(`${place}/`)))
  // A drop-in is looked at with the unit that it is dropped into.
  const unitOf = (file: string) =>
    path.posix.basename(
      path.posix.dirname(file).endsWith('.d') ? path.posix.dirname(file).slice(0, -2) : file,
    )
  const all = [...new Set(units.map((a) => unitOf(a.path).replace('@.', '@sr0.')))]
  // On its command line what follows a colon is an alias, and nothing can be written in the place of one.
  const names = all.filter((name) => !name.includes(':'))
  const unchecked = all
    .filter((name) => name.includes(':'))
    .flatMap((name) => skipped(name, 'systemd-analyze verify takes no unit with a colon in its name'))
  // Read from the root alone, wherever the layout has put them.
  const env = { SYSTEMD_UNIT_PATH: [...places, '/usr/lib/systemd/system'].join(':') }
  const argv = ['verify', '--man=no', '--generators=no', `--root=${root}`, ...names]
  const result = await run('systemd-analyze', argv, { env })
  if (result.code === 127) return skipped('units', 'systemd-analyze is not installed')
  const said = linesOf(result.stderr)
  if (said.length === 0 && result.code !== 0) said.push(`exit code ${result.code}`)
  return [
    ...said.map((line) => tellLine('gen.check-unit', line.replaceAll('@sr0.', '@.'), units, placeOf)),
    ...unchecked,
  ]
}

/** findmnt complains of devices and directories that are not there on this machine; only its parse errors count. */
export async function checkFstab({ root, artifacts, layout, run, placeOf }: Room): Promise<Diagnostic[]> {
  const lines = artifacts.filter((a) => a.kind === 'fstab-line')
  if (lines.length === 0) return []
  const result = await run('findmnt', [
    '--verify',
    '--tab-file',
    path.join(root, layout.libdir, 'fstab.pktw'),
  ])
  if (result.code === 127) return skipped('fstab-line', 'findmnt is not installed')
  const said = linesOf(`${result.stderr}\n${result.stdout}`)
  const count = /(\d+) parse errors?/.exec(said.join('\n'))?.[1] ?? (result.code === 0 ? '0' : undefined)
  if (count === '0') return []
  const errors = said.filter((line) => /parse error at/.test(line))
  return (errors.length === 0 ? [`exit code ${result.code}`] : errors).map((line) => {
    const at = /parse error at line (\d+)/.exec(line)?.[1]
    const artifact = lines[Number(at ?? 1) - 1] ?? lines[0]!
    const message = line.replace(/^findmnt: \S+: /, '')
    return tellFinding(
      { artifact, code: 'gen.check-fstab', message, line: at === undefined ? undefined : 1 },
      placeOf,
    )
  })
}

const dtd = '/usr/share/polkit-1/policyconfig-1.dtd'

/** The polkit DTD. The document type is left out, or xmllint would look for it in the network. */
export async function checkPolkit(
  { artifacts, run, placeOf }: Room,
  exists: (file: string) => boolean,
): Promise<Diagnostic[]> {
  const policy = artifacts.find((a) => a.kind === 'polkit-policy')
  if (policy === undefined) return []
  if (!exists(dtd)) return skipped('polkit-policy', `${dtd} is not installed`)
  const input = policy.text.replace(/<!DOCTYPE[^>]*>/, (m) => m.replace(/[^\n]/g, ''))
  const result = await run('xmllint', ['--noout', '--nonet', '--dtdvalid', dtd, '-'], { input })
  if (result.code === 127) return skipped('polkit-policy', 'xmllint is not installed')
  if (result.code === 0 && result.stderr === '') return []
  const said = linesOf(result.stderr).filter((line) => /^-:|DTD/.test(line))
  return (said.length === 0 ? [`exit code ${result.code}`] : said).map((line) => {
    const match = /^-:(\d+): (.*)$/.exec(line)
    const at = match === null ? undefined : Number(match[1])
    return tellFinding(
      { artifact: policy, code: 'gen.check-polkit', message: match?.[2] ?? line, line: at },
      placeOf,
    )
  })
}
