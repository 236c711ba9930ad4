// Which Node.js rules and units call: one that is there at boot, for root, and that only root can exchange.
import { realpath, stat } from 'node:fs/promises'
import path from 'node:path'
import { diagnose } from '../diagnostics/catalogue.ts'
import type { Outcome } from '../diagnostics/diagnostic.ts'
import type { System } from '../system/system.ts'

const oldestNode = '20.19.0'

/** Compares `20.9.1` with `20.19.0` by number. */
export function isAtLeast(version: string, oldest: string): boolean {
  const numbers = (v: string): number[] => v.replace(/^v/, '').split('.').map(Number)
  const [a, b] = [numbers(version), numbers(oldest)]
  for (const [i, wanted] of b.entries()) {
    const got = a[i] ?? 0
    if (got !== wanted) return got > wanted
  }
  return true
}

/** Why root must not run it at each insertion; undefined when nothing speaks against it. */
async function objection(file: string): Promise<string | undefined> {
  for (let at = file; ; at = path.dirname(at)) {
    const entry = await stat(at).catch(() => undefined)
    if (entry === undefined) return `${at} is not there`
    if (at === file && (!entry.isFile() || (entry.mode & 0o111) === 0)) return `${at} is not a program`
    if (entry.uid !== 0) return `${at} does not belong to root`
    const sticky = entry.isDirectory() && (entry.mode & 0o1000) !== 0
    if ((entry.mode & 0o022) !== 0 && !sticky) return `${at} can be written by others than root`
    if (at === '/') return undefined
  }
}

async function versionObjection(file: string, system: System): Promise<string | undefined> {
  const { code, stdout, stderr } = await system.run(file, ['--version'], { timeoutMs: 10_000 })
  if (code !== 0) return `${file} does not run: ${stderr.trim().split('\n')[0] ?? ''}`
  const version = stdout.trim()
  return isAtLeast(version, oldestNode) ? undefined : `${file} is ${version}`
}

/**
 * The absolute path to write into rules and units: `asked` (--node), else the node that runs this if it is a
 * system-wide one, else /usr/bin/node. In an image it is the image's, and cannot be run here.
 */
export async function chooseNode(system: System, asked: string | undefined): Promise<Outcome<string>> {
  const wanted = oldestNode
  if (asked !== undefined && !path.isAbsolute(asked))
    return { diagnostics: [diagnose('install.no-node', { why: `${asked} is not an absolute path`, wanted })] }
  if (!system.live) {
    const node = asked ?? '/usr/bin/node'
    const there = (await system.inspect(node)).kind !== 'absent'
    const root = system.root
    return {
      value: node,
      diagnostics: there ? [] : [diagnose('install.node-not-in-root', { node, root, wanted })],
    }
  }
  const running = await realpath(process.execPath)
  const candidates = asked !== undefined ? [asked] : [...new Set(['/usr/bin/node', running])]
  const reasons: string[] = []
  for (const candidate of candidates) {
    const real = await realpath(candidate).catch(() => candidate)
    const reason = (await objection(real)) ?? (await versionObjection(candidate, system))
    // The name as given: /usr/bin/node may be an alternative that an upgrade turns to another file.
    if (reason === undefined) return { value: candidate, diagnostics: [] }
    reasons.push(reason)
  }
  return { diagnostics: [diagnose('install.no-node', { why: reasons.join('; '), wanted })] }
}
