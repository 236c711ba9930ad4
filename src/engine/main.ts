// pktw-engine: what pktw@.service runs for as long as a disc is in its drive.

import { existsSync, writeSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { pktwEngine, usageText } from '../artifacts/commands/private.ts'
import { softwareError } from '../artifacts/crash.ts'
import { diagnose } from '../diagnostics/catalogue.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { Stop } from '../diagnostics/stop.ts'
import { systemClock } from '../mmc/clock.ts'
import { openSg } from '../mmc/sg.ts'
import type { WriteSettings } from '../settings/settings.ts'
import { claimDrive } from '../system/claim-drive.ts'
import {
  diskseqOf,
  driveOfSg,
  isDriveName,
  maxTransferOf,
  pollMsOf,
  sgNodeOf,
} from '../system/drive-nodes.ts'
import { log } from '../system/journal.ts'
import { memoryJournal } from '../system/memory-journal.ts'
import { keepWatchdogAlive, watchdogLimit } from '../system/service-manager.ts'
import { isAttached } from './attached.ts'
import { assignmentOf, writeSettings } from './backend.ts'
import { holdOpen } from './hold.ts'
import { StartError } from './identify.ts'
import { startSession } from './session.ts'
import { startStandBy } from './stand-by.ts'
import { Unanswered } from './unanswered.ts'
import { noticeMs } from './watch.ts'
import { keepBeating } from './watchdog.ts'

class UsageError extends Error {}

interface Arguments {
  drive: string
  sg: string | undefined
  runtimeDir: string
  stateDir: string | undefined
}

/** Undefined for --help. Throws UsageError. */
async function readArguments(): Promise<Arguments | undefined> {
  const { values, positionals } = parse()
  if (values.help === true) return undefined
  if (positionals.length > 1) throw new UsageError('one drive at a time')
  const named = values.drive ?? positionals[0]
  if (named === undefined && values.sg === undefined)
    throw new UsageError('which drive? For example: pktw-engine sr0')
  const drive = named ?? (await driveOfSg(values.sg ?? ''))
  if (drive === undefined)
    throw new UsageError(`${values.sg} is not the SCSI generic device of an optical drive`)
  if (!isDriveName(drive)) throw new UsageError(`"${drive}" is not the name of an optical drive like sr0`)
  return {
    drive,
    sg: values.sg,
    runtimeDir: values['runtime-dir'] ?? directoryOf('RUNTIME_DIRECTORY') ?? `/run/pktw/${drive}`,
    stateDir: values['state-dir'] ?? directoryOf('STATE_DIRECTORY'),
  }
}

/** systemd gives a list separated by colons; the unit has one. */
function directoryOf(variable: string): string | undefined {
  const [given] = (process.env[variable] ?? '').split(':')
  return given || undefined
}

/**
 * Where the journal is, and where it was before `journal` changed. One is kept in any case, since the engine may die; with
 * `journal: false` it is in memory, where the unit's claim has made a directory, and a power cut takes it along.
 */
function journalDirs(write: WriteSettings, { stateDir, runtimeDir }: Arguments) {
  const inMemory = memoryJournal(runtimeDir)
  const memory = existsSync(inMemory) ? inMemory : undefined
  const disk = stateDir === undefined ? undefined : `${stateDir}/journal`
  const [journalDir, formerJournalDir] = write.journal ? [disk, memory] : [memory, disk]
  return {
    ...(journalDir === undefined ? {} : { journalDir }),
    ...(formerJournalDir === undefined ? {} : { formerJournalDir }),
  }
}

function parse() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        drive: { type: 'string' },
        sg: { type: 'string' },
        'runtime-dir': { type: 'string' },
        'state-dir': { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

/** To the end of the process, where systemd waits for it. */
function beatFor(unanswered: Unanswered): void {
  const limitMs = watchdogLimit(process.env, process.pid)
  if (limitMs === undefined) return
  void keepBeating({
    clock: systemClock,
    limitMs,
    waiting: () => unanswered.waiting,
    beat: (withinMs) => keepWatchdogAlive(process.env, withinMs),
    log,
    ended: () => false,
  })
}

/** Runs the engine to its end; gives the exit code. Rejects with what kept it from starting. */
async function serve(wanted: Arguments): Promise<number> {
  const { drive, sg, runtimeDir } = wanted
  const stopped = new Promise<string>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => resolve(signal))
  })
  const diskseq = () => diskseqOf(drive)
  if (diskseq() === undefined) throw new StartError(diagnose('engine.no-drive', { device: drive }))
  const path = sg ?? (await sgNodeOf(drive))
  if (path === undefined) throw new StartError(diagnose('drive.no-sg', { device: drive }))
  await mkdir(runtimeDir, { recursive: true })
  const limit = maxTransferOf(drive)
  const unanswered = new Unanswered(systemClock)
  beatFor(unanswered)
  const openDrive = async () =>
    unanswered.drive(
      await openSg(path, { device: drive, ...(limit === undefined ? {} : { maxTransferBytes: limit }) }),
    )
  // An open has the kernel look whether the disc is still there.
  const look = async () => await (await holdOpen(drive))()
  const { backend, ...assigned } = await assignmentOf(drive, diskseq() ?? '')
  if (backend !== 'engine') {
    // Not for pktcdvd, which opens and closes the drive itself.
    const release = backend === 'direct' ? await holdOpen(drive) : undefined
    const transport = await openDrive()
    const common = { drive, backend, ...assigned, transport, runtimeDir, diskseq, look, log }
    const standBy = await startStandBy(common)
    void stopped.then((signal) => standBy.stop(signal))
    const { exitCode } = await standBy.ended
    await release?.()
    return exitCode
  }
  const release = await claimDrive(drive)
  const transport = await openDrive()
  const write = await writeSettings()
  const session = await startSession({
    drive,
    transport,
    unanswered,
    runtimeDir,
    diskseq,
    look,
    noticeMs: noticeMs(pollMsOf(drive)),
    diskseqOf: (other) => (isDriveName(other) ? diskseqOf(other) : undefined),
    log,
    write,
    attached: await isAttached(drive),
    boot: (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim(),
    ...journalDirs(write, wanted),
    ...(wanted.stateDir === undefined ? {} : { recordDir: `${wanted.stateDir}/records` }),
  })
  void stopped.then((signal) => session.stop(signal))
  const { exitCode } = await session.ended
  release()
  return exitCode
}

const told = ({ message, remedy, code }: Diagnostic): string =>
  `${message} [${code}]${remedy === undefined ? '' : `\n${remedy}`}`

/** An error as one or two lines, never a stack. */
function textOf(error: unknown): string {
  if (error instanceof StartError) return told(error.diagnostic)
  if (error instanceof Stop) return error.diagnostics.map(told).join('\n')
  return error instanceof Error ? error.message : String(error)
}

function fail(error: unknown): never {
  log.error(`pktw-engine: ${textOf(error)}`)
  process.exit(error instanceof UsageError ? 2 : 1)
}

/** Nothing that was foreseen: the unit starts us again, and the next one may fare better. */
function crash(error: unknown): never {
  log.error(`pktw-engine: a fault of its own: ${textOf(error)}`)
  process.exit(softwareError)
}

process.on('uncaughtException', crash)
process.on('unhandledRejection', crash)

try {
  const wanted = await readArguments()
  if (wanted === undefined) writeSync(1, usageText(pktwEngine))
  // What is still pending then (a watch, an sg read that never returns) must not hold the process.
  else process.exit(await serve(wanted))
} catch (error) {
  fail(error)
}
