// One performer a step. Each says how to undo it before it acts, so that a failure half way through a step is undone too.
import path from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { diagnose } from '../diagnostics/catalogue.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { isDriveName } from '../system/drive-nodes.ts'
import { programs } from '../system/programs.ts'
import { parseProperties } from '../system/properties.ts'
import type { RunResult } from '../system/run.ts'
import type { FileMeta, System } from '../system/system.ts'
import { discStateDirectory, journalsDirectory } from './disc-state.ts'
import { addLine, fstabBytes, fstabText, removeLine } from './fstab.ts'
import { observeGroups } from './groups.ts'
import { manifestPath } from './manifest.ts'
import { busSocket } from './places.ts'
import type { StepArgs, StepName } from './step.ts'
import { unfulfilled } from './verify.ts'

export type Undo = () => Promise<void>

export interface StepContext {
  system: System
  /** What is worth saying but no reason to stop. */
  note: (diagnostic: Diagnostic) => void
  /** How to put things back, whether or not the step got as far as changing them. Called in reverse order. */
  undoBy: (undo: Undo) => void
}

type Performers = { [K in StepName]: (args: StepArgs[K], context: StepContext) => Promise<void> }

/** Owner root, whoever's umask and group are in force. */
const root: { uid: number; gid: number } = { uid: 0, gid: 0 }

/** How to bring back what is at a path now: a file with its bytes, mode and owner, a link, or nothing. */
async function remember(system: System, at: string): Promise<Undo> {
  const entry = await system.inspect(at)
  switch (entry.kind) {
    case 'absent':
      return async () => {
        if ((await system.inspect(at)).kind !== 'absent') await system.removeFile(at)
      }
    case 'symlink':
      return async () => {
        const now = await system.inspect(at)
        if (now.kind !== 'symlink' || now.target !== entry.target) await system.makeSymlink(at, entry.target)
      }
    case 'file': {
      const bytes = (await system.read(at)) ?? Buffer.alloc(0)
      return async () => {
        // What could not be changed cannot be written again either, and need not be.
        const same = isDeepStrictEqual(await system.inspect(at), entry)
        if (!same || (await system.read(at))?.equals(bytes) !== true)
          await system.writeAtomic(at, bytes, entry)
      }
    }
    default:
      throw new Error(`${at} is a ${entry.kind}`)
  }
}

/** Mode and owner of a file that is there. */
async function metaOf(system: System, at: string): Promise<FileMeta | undefined> {
  const entry = await system.inspect(at)
  return entry.kind === 'file' ? { mode: entry.mode, uid: entry.uid, gid: entry.gid } : undefined
}

const why = (result: RunResult): string =>
  result.stderr.trim().split('\n').slice(-3).join(' / ') || `exit code ${result.code}`

/** Runs a program whose failure does not spoil what was written; it is told, and the rest goes on. */
async function runOrNote({ system, note }: StepContext, program: string, argv: string[]): Promise<void> {
  const result = await system.run(program, argv)
  if (result.code !== 0)
    note(diagnose('install.program-failed', { command: [program, ...argv].join(' '), why: why(result) }))
}

async function mustRun(system: System, program: string, argv: string[]): Promise<void> {
  const result = await system.run(program, argv)
  if (result.code !== 0) throw new Error(why(result))
}

const manifestName = path.basename(manifestPath)

/** Takes the manifest away, with those of its directories (outermost first) that have nothing else in them. */
async function takeChain(system: System, directories: readonly string[]): Promise<void> {
  let top = directories.length
  for (; top > 0; top--) {
    const at = directories[top - 1] as string
    const below = directories[top]
    const only = below === undefined ? manifestName : path.basename(below)
    if (!(await system.isDirectory(at)) || (await system.list(at)).some((name) => name !== only)) break
  }
  if (top < directories.length) await system.removeChain(directories.slice(top), manifestName)
  else if ((await system.inspect(manifestPath)).kind !== 'absent') await system.removeFile(manifestPath)
}

export const performers: Performers = {
  async stopUnits({ patterns }, { system }) {
    // A disc may have megabytes to write before it can be let go.
    const result = await system.run(programs.systemctl, ['stop', '--', ...patterns], { timeoutMs: 600_000 })
    if (result.code !== 0) throw new Error(why(result))
  },

  async removeLeftover({ path: at, directory }, { system }) {
    if (directory) await system.removeTree(at)
    else await system.removeFile(at)
  },

  async begin({ directories, bytes }, { system, undoBy }) {
    undoBy(() => takeChain(system, directories))
    await system.makeChain(directories, { name: manifestName, bytes, mode: 0o644 })
  },

  async end({ directories }, { system, undoBy }) {
    const bytes = (await system.read(manifestPath)) ?? Buffer.alloc(0)
    undoBy(async () => {
      if ((await system.inspect(manifestPath)).kind !== 'absent') return
      const missing: string[] = []
      for (const p of directories) if (!(await system.isDirectory(p))) missing.push(p)
      if (missing.length > 0) await system.makeChain(missing, { name: manifestName, bytes, mode: 0o644 })
      else await system.writeAtomic(manifestPath, bytes, { mode: 0o644, ...root })
    })
    await takeChain(system, directories)
  },

  async verify({ expected }, { system }) {
    const wrong = await unfulfilled(system, expected)
    if (wrong.length > 0) throw new Error(`something else changed ${wrong.join(', ')}`)
  },

  async restoreLabels({ paths }, context) {
    await runOrNote(context, programs.restorecon, ['--', ...paths])
  },

  async makeDirectory({ path: at, mode }, { system, undoBy }) {
    undoBy(async () => {
      if ((await system.inspect(at)).kind === 'directory') await system.removeDirectory(at)
    })
    await system.makeDirectory(at, { mode, ...root })
  },

  async writeFile({ path: at, mode, bytes, keepOwner }, { system, undoBy }) {
    undoBy(await remember(system, at))
    const owner = keepOwner ? await metaOf(system, at) : undefined
    await system.writeAtomic(at, bytes, { ...root, ...owner, mode })
  },

  async makeSymlink({ path: at, target }, { system, undoBy }) {
    undoBy(await remember(system, at))
    await system.makeSymlink(at, target)
  },

  async backUp({ path: at, backup }, { system, undoBy }) {
    const meta = await metaOf(system, at)
    const bytes = await system.read(at)
    if (meta === undefined || bytes === undefined) throw new Error(`${at} is gone`)
    const takeBack = await remember(system, backup)
    undoBy(async () => {
      // On a full disk the file could not be put back before this: then the copy is all that there is of it.
      if ((await system.read(at))?.equals(bytes) !== true) throw new Error(`${at} is not as it was`)
      await takeBack()
    })
    await system.writeAtomic(backup, bytes, meta)
  },

  async restore({ path: at, backup }, { system, undoBy }) {
    const meta = await metaOf(system, backup)
    const bytes = await system.read(backup)
    if (meta === undefined || bytes === undefined) throw new Error(`${backup} is gone`)
    undoBy(await remember(system, at))
    await system.writeAtomic(at, bytes, meta)
    undoBy(await remember(system, backup))
    await system.removeFile(backup)
  },

  async editFstab({ path: at, add, remove, removeIfEmpty }, { system, undoBy }) {
    const { kind } = await system.inspect(at)
    if (kind !== 'file' && kind !== 'absent') throw new Error(`${at} is a ${kind} now`)
    undoBy(await remember(system, at))
    const before = fstabText((await system.read(at)) ?? Buffer.alloc(0))
    const after = add.reduce(addLine, remove.reduce(removeLine, before))
    if (after === '' && removeIfEmpty) await system.removeFile(at)
    else
      await system.writeAtomic(at, fstabBytes(after), {
        mode: 0o644,
        ...root,
        ...(await metaOf(system, at)),
      })
  },

  async removeFile({ path: at }, { system, undoBy }) {
    undoBy(await remember(system, at))
    await system.removeFile(at)
  },

  async removeDirectory({ path: at }, { system, undoBy }) {
    const entry = await system.inspect(at)
    if (entry.kind !== 'directory') return
    undoBy(async () => {
      if ((await system.inspect(at)).kind === 'absent') await system.makeDirectory(at, entry)
    })
    try {
      await system.removeDirectory(at)
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code
      // Somebody else keeps things in it, or has something mounted on it: then it is theirs now.
      if (code !== 'ENOTEMPTY' && code !== 'EEXIST' && code !== 'EBUSY') throw error
    }
  },

  async removeRuntime({ path: at }, { system }) {
    await system.removeTree(at)
  },

  async removeDiscState({ path: at }, { system, note }) {
    for (const name of await system.list(journalsDirectory)) {
      if ((await system.list(`${journalsDirectory}/${name}`)).length === 0) continue
      note(diagnose('install.keeps-disc-data', { path: `${journalsDirectory}/${name}` }))
      return
    }
    if ((await system.inspect(at)).kind === 'symlink') await system.removeFile(at)
    await system.removeTree(discStateDirectory)
  },

  async createGroups({ path: at, names }, { system, undoBy }) {
    undoBy(async () => {
      const there = await observeGroups(system, [])
      for (const name of names.filter((n) => there.has(n))) await mustRun(system, programs.groupdel, [name])
    })
    await mustRun(system, programs.systemdSysusers, [at])
  },

  async removeGroup({ name, gid }, context) {
    const { system, undoBy } = context
    undoBy(async () => {
      if (!(await observeGroups(system, [])).has(name))
        await mustRun(system, programs.systemdSysusers, ['--inline', `g ${name} ${gid}`])
    })
    await runOrNote(context, programs.groupdel, [name])
  },

  async createTmpfiles({ path: at }, context) {
    await runOrNote(context, programs.systemdTmpfiles, ['--create', at])
  },

  async loadModules({ names }, { system, note }) {
    for (const name of names) {
      const result = await system.run(programs.modprobe, ['--', name])
      if (result.code !== 0) note(diagnose('install.module', { module: name, why: why(result) }))
    }
  },

  async reloadSystemd(_, context) {
    const { system, note } = context
    await runOrNote(context, programs.systemctl, ['daemon-reload'])
    const argv = ['show', '--property=NeedDaemonReload', '--value', '--', 'pktw@sr0.service']
    const { code, stdout } = await system.run(programs.systemctl, argv)
    if (code === 0 && stdout.trim() === 'yes') note(diagnose('install.not-reloaded'))
  },

  /** It sees most changes by itself, but not of directories that were not there when it was started. */
  async reloadBus(_, context) {
    if (!(await context.system.exists(busSocket))) return
    const bus = 'org.freedesktop.DBus'
    const argv = ['--system', 'call', bus, '/org/freedesktop/DBus', bus, 'ReloadConfig']
    await runOrNote(context, programs.busctl, argv)
  },

  async reloadUdev(_, context) {
    await runOrNote(context, programs.udevadm, ['control', '--reload'])
  },

  /** Without a disc there is nothing that blockdev(8) could open, and with its tray out the kernel would pull it in. */
  async giveBackDrives(_, context) {
    const { system, note } = context
    for (const drive of (await system.list('/sys/class/block')).filter(isDriveName)) {
      const argv = ['info', '--query=property', `--path=/sys/class/block/${drive}`]
      const known = parseProperties((await system.run(programs.udevadm, argv)).stdout)
      if (known.PKTW_READ_ONLY === undefined) continue
      if (known.ID_CDROM_MEDIA === '1')
        await runOrNote(context, programs.blockdev, ['--setrw', `/dev/${drive}`])
      else note(diagnose('install.drive-read-only', { drive }))
    }
  },

  async triggerDrives(_, context) {
    const names = await context.system.list('/sys/class/block')
    const drives = names.filter(isDriveName).map((name) => `/sys/class/block/${name}`)
    if (drives.length === 0) return
    await runOrNote(context, programs.udevadm, ['trigger', '--action=change', ...drives])
    await runOrNote(context, programs.udevadm, ['settle', '--timeout=60'])
  },
}
