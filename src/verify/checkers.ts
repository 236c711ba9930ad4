// The platform's own tools, one function each. A tool that is not there is told by name, never passed over.
import path from 'node:path'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { linesOf, skipped, tellFinding, tellLine } from './finding.ts'
import type { Room } from './room.ts'

/** `udevadm verify` came with systemd 254; it also holds udev's house style. */
export async function checkUdev(room: Room): Promise<Diagnostic[]> {
  const { root, run } = room
  const rules = room.among.filter((a) => a.kind === 'udev-rules')
  if (rules.length === 0) return []
  const result = await run('udevadm', [
    'verify',
    '--resolve-names=never',
    '--no-summary',
    ...rules.map((a) => path.join(root, a.path)),
  ])
  if (result.code === 127) return skipped(room, rules, 'udev-rules', 'udevadm is not installed')
  if (/unknown command verb/i.test(result.stderr))
    return skipped(room, rules, 'udev-rules', 'this udevadm has no verb verify, which came with systemd 254')
  if (result.code === 0) return []
  const said = linesOf(`${result.stderr}\n${result.stdout}`)
  return (said.length === 0 ? [`exit code ${result.code}`] : said).map((s) =>
    tellLine({ code: 'gen.check-udev', said: s }, rules, room),
  )
}

/**
 * A complaint about the files, and not about what is not in the room, where there are only stubs: programs and units of others, and
 * nothing can be run where the directory for temporary files is mounted noexec.
 */
const isOfFiles = (said: string): boolean =>
  !/Command \S+ is not executable: |Unit \S+ not found\.?$|Failed to (create|add dependency on) .*(not found|Unit \S+)/.test(
    said,
  )

/** `systemd-analyze verify` exits 0 on unknown keys: what counts is that it says nothing. */
export async function checkUnits(room: Room): Promise<Diagnostic[]> {
  const { root, layout, run } = room
  // Those of users are read as the system's: the grammar is the same, and a user's manager takes no --root.
  const places = [layout.unitdir, layout.userunitdir]
  const units = room.among.filter((a) => places.some((place) => a.path.startsWith(`${place}/`)))
  if (units.length === 0) return []
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
    .flatMap((name) =>
      skipped(room, units, name, 'systemd-analyze verify takes no unit with a colon in its name'),
    )
  // Read from the root alone, wherever the layout has put them.
  const env = { SYSTEMD_UNIT_PATH: [...places, '/usr/lib/systemd/system'].join(':') }
  const argv = ['verify', '--man=no', '--generators=no', `--root=${root}`, ...names]
  const result = await run('systemd-analyze', argv, { env })
  if (result.code === 127) return skipped(room, units, 'units', 'systemd-analyze is not installed')
  const lines = linesOf(result.stderr)
  if (lines.length === 0 && result.code !== 0) lines.push(`exit code ${result.code}`)
  return [
    ...lines
      .filter(isOfFiles)
      .map((line) => tellLine({ code: 'gen.check-unit', said: line.replaceAll('@sr0.', '@.') }, units, room)),
    ...unchecked,
  ]
}

/** findmnt complains of devices and directories that are not there on this machine; only its parse errors count. */
export async function checkFstab(room: Room): Promise<Diagnostic[]> {
  const { root, layout, run } = room
  const lines = room.among.filter((a) => a.kind === 'fstab-line')
  if (lines.length === 0) return []
  const result = await run('findmnt', [
    '--verify',
    '--tab-file',
    path.join(root, layout.libdir, 'fstab.pktw'),
  ])
  if (result.code === 127) return skipped(room, lines, 'fstab-line', 'findmnt is not installed')
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
      room,
    )
  })
}
