// Files that a program of their own can read: which program, and how it is asked.
import path from 'node:path'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { linesOf, skipped, tellLine } from './finding.ts'
import type { Room } from './room.ts'

interface Tool {
  kinds: readonly string[]
  program: string
  argv(file: string, root: string): readonly string[]
  /** Of its lines those that are complaints about the file; all when left out. */
  complains?: RegExp
  /** Complaints that it is too old for what it was asked. */
  tooOld?: readonly [said: RegExp, reason: string]
}

const tools: readonly Tool[] = [
  {
    kinds: ['tmpfiles'],
    program: 'systemd-tmpfiles',
    argv: (file, root) => ['--dry-run', '--create', `--root=${root}`, file],
    // It also says what it would do, and which users it does not know below the root.
    complains: /\.conf:\d+[:\]](?!.*Failed to resolve)/,
    tooOld: [
      /unrecognized option '--dry-run'/,
      'this systemd-tmpfiles has no --dry-run, which came with systemd 256',
    ],
  },
  {
    kinds: ['sysusers'],
    program: 'systemd-sysusers',
    argv: (file, root) => ['--dry-run', `--root=${root}`, file],
    complains: /\.conf:\d+[:\]](?!.*Failed to resolve)/,
    tooOld: [
      /unrecognized option '--dry-run'/,
      'this systemd-sysusers has no --dry-run, which came with systemd 250',
    ],
  },
  {
    kinds: ['session-autostart'],
    program: 'desktop-file-validate',
    argv: (file) => [file],
    complains: /: error: /,
  },
  { kinds: ['completion-bash'], program: 'bash', argv: (file) => ['-n', file] },
  { kinds: ['completion-zsh'], program: 'zsh', argv: (file) => ['-n', file] },
  {
    kinds: ['completion-fish'],
    program: 'fish',
    argv: (file) => ['--no-execute', file],
    complains: /\(line \d+\)/,
  },
  {
    kinds: ['man-programs', 'man-settings', 'man-overview'],
    program: 'groff',
    argv: (file) => ['-man', '-k', '-Tutf8', '-ww', '-z', file],
    // That a long word does not fit is no fault.
    complains: /^(?!.*(?:adjust|break) line).*:\d+: /,
  },
]

/** One program over one file. */
async function ask(room: Room, tool: Tool, file: Room['among'][number]): Promise<Diagnostic[]> {
  const { program, argv, complains, tooOld } = tool
  const result = await room.run(program, argv(path.join(room.root, file.path), room.root))
  const lines = linesOf(`${result.stderr}\n${result.stdout}`)
  if (tooOld?.[0].test(lines.join('\n'))) return skipped(room, [file], file.kind, tooOld[1])
  const said = complains === undefined ? linesOf(result.stderr) : lines.filter((line) => complains.test(line))
  // fish has the same code for what it cannot read.
  if (result.code === 127 && (complains === undefined || said.length === 0))
    return skipped(room, [file], file.kind, `${program} is not installed`)
  if (said.length === 0 && result.code !== 0)
    said.push(...(lines.length > 0 ? lines.slice(0, 1) : [`exit code ${result.code}`]))
  return said.map((line) => tellLine({ code: 'gen.check-file', tool: program, said: line }, [file], room))
}

/** Each of them over its files. */
export async function checkByTools(room: Room): Promise<Diagnostic[]> {
  const found: Diagnostic[] = []
  for (const tool of tools) {
    const files = room.among.filter(({ kind }) => tool.kinds.includes(kind))
    const answers = await Promise.all(files.map((file) => ask(room, tool, file)))
    // That a program is missing is said once, not for each file.
    const texts = new Set<string>()
    for (const diagnostic of answers.flat()) {
      const key = `${diagnostic.message} ${diagnostic.at?.file}:${diagnostic.at?.line}`
      if (!texts.has(key)) found.push(diagnostic)
      texts.add(key)
    }
  }
  return found
}
