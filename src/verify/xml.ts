// XML: policies of polkit and of the bus, interfaces, what software centres show.
import path from 'node:path'
import type { Artifact } from '../artifacts/artifact.ts'
import { type Diagnostic, hasErrors } from '../diagnostics/diagnostic.ts'
import { linesOf, skipped, tellFinding } from './finding.ts'
import { busConfig, type Room } from './room.ts'

const dtd = '/usr/share/polkit-1/policyconfig-1.dtd'

/** By xmllint. The document type is left out, or it would be looked for in the network. */
async function lint(
  room: Room,
  artifact: Artifact,
  code: 'gen.check-polkit' | 'gen.check-file',
  argv: readonly string[],
): Promise<Diagnostic[]> {
  const input = artifact.text.replace(/<!DOCTYPE[^>]*>/, (m) => m.replace(/[^\n]/g, ''))
  const result = await room.run('xmllint', ['--noout', '--nonet', ...argv, '-'], { input })
  if (result.code === 127) return skipped(room, [artifact], artifact.kind, 'xmllint is not installed')
  if (result.code === 0 && result.stderr === '') return []
  const said = linesOf(result.stderr).filter((line) => /^-:|DTD/.test(line))
  return (said.length === 0 ? [`exit code ${result.code}`] : said).map((line) => {
    const match = /^-:(\d+): (.*)$/.exec(line)
    const at = match === null ? undefined : Number(match[1])
    return tellFinding({ artifact, code, tool: 'xmllint', message: match?.[2] ?? line, line: at }, room)
  })
}

/** The polkit DTD. */
export async function checkPolkit(room: Room): Promise<Diagnostic[]> {
  const policy = room.among.find((a) => a.kind === 'polkit-policy')
  if (policy === undefined) return []
  if (!room.exists(dtd)) return skipped(room, [policy], 'polkit-policy', `${dtd} is not installed`)
  return lint(room, policy, 'gen.check-polkit', ['--dtdvalid', dtd])
}

/** No DTD of theirs is installed anywhere by rule: that they are XML, and for metainfo what AppStream says besides. */
export async function checkXml(room: Room): Promise<Diagnostic[]> {
  const found: Diagnostic[] = []
  for (const artifact of room.among) {
    const isMetainfo = artifact.kind === 'metainfo'
    if (!isMetainfo && artifact.kind !== 'bus-interfaces') continue
    const faults = await lint(room, artifact, 'gen.check-file', [])
    found.push(...faults, ...(isMetainfo && !hasErrors(faults) ? await appstream(room, artifact) : []))
  }
  return found
}

/** `E: org.pktw.pktw:7: component-name-missing`; what is no error is taste. */
async function appstream(room: Room, artifact: Artifact): Promise<Diagnostic[]> {
  const file = path.join(room.root, artifact.path)
  const tool = 'appstreamcli validate'
  const result = await room.run('appstreamcli', ['validate', '--no-net', file])
  if (result.code === 127) return skipped(room, [artifact], artifact.kind, 'appstreamcli is not installed')
  if (result.code === 0) return []
  const errors = linesOf(result.stdout).filter((line) => /^[EW]: /.test(line))
  return (errors.length === 0 ? [`exit code ${result.code}`] : errors).map((line) => {
    const match = /^[EW]: [^:]*:(\d+|~): (.*)$/.exec(line)
    const at = match === null || match[1] === '~' ? undefined : Number(match[1])
    return tellFinding(
      { artifact, code: 'gen.check-file', tool, message: match?.[2] ?? line, line: at },
      room,
    )
  })
}

/**
 * dbus-daemon has no option that only reads. It is given a configuration that includes the policy, and after that a file that is
 * not there (room.ts): it never starts, and complains of the first that it does not like.
 */
export async function checkBusPolicy(room: Room): Promise<Diagnostic[]> {
  const artifact = room.among.find((a) => a.kind === 'bus-policy')
  if (artifact === undefined) return []
  const tool = 'dbus-daemon'
  const config = `--config-file=${path.join(room.root, busConfig.path)}`
  const result = await room.run(tool, ['--nofork', config], { timeoutMs: 10_000 })
  if (result.code === 127) return skipped(room, [artifact], artifact.kind, 'dbus-daemon is not installed')
  const said = /Failed to start message bus: (.*)/.exec(result.stderr)?.[1] ?? `exit code ${result.code}`
  if (said.includes(busConfig.absent)) return []
  const match = /^Error in file .*?, line (\d+), column \d+: (.*)$/.exec(said)
  const line = match === null ? undefined : Number(match[1])
  return [tellFinding({ artifact, code: 'gen.check-file', tool, message: match?.[2] ?? said, line }, room)]
}
