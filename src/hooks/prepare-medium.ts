// Formats the disc for pktw-prepare@.service, with the drive held so that nobody else asks it anything.
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { diagnose } from '../diagnostics/catalogue.ts'
import { Stop } from '../diagnostics/stop.ts'
import { decide } from '../media/decide.ts'
import type { DiscFacts } from '../media/facts.ts'
import { type Preparation, preparationOf } from '../media/preparation.ts'
import { type Clock, systemClock } from '../mmc/clock.ts'
import { lockDoor, unlockDoor } from '../mmc/commands.ts'
import { DriveError } from '../mmc/drive-command.ts'
import { examine } from '../mmc/examine.ts'
import { formatDisc, formatOffers } from '../mmc/format-disc.ts'
import { type DiscNow, FormatFailure } from '../mmc/format-failure.ts'
import { waitForRunning } from '../mmc/format-running.ts'
import { openSg } from '../mmc/sg.ts'
import { type Transport, TransportError } from '../mmc/transport.ts'
import { claimDrive, openForFormatting } from '../system/claim-drive.ts'
import { sgNodeOf } from '../system/drive-nodes.ts'
import { log } from '../system/journal.ts'
import type { PrepareOrder } from '../system/preparation.ts'
import { run } from '../system/run.ts'
import { contentsFound } from './prepare-contents.ts'
import type { PrepareReport } from './prepare-report.ts'

export interface Job {
  drive: string
  order: PrepareOrder
  report: PrepareReport
  signal: AbortSignal
  /** Why it is not the disc of the order any more; undefined while it is. */
  lost(): string | undefined
  clock?: Clock
}

/** ms for the drive to tell what is in it. */
const examineMs = 60_000

/**
 * udev leaves a block device alone that somebody has locked (udev(7), systemd's BLOCK_DEVICE_LOCKING): it sends an optical drive events at each
 * change of session, and cdrom_id would ask the drive in the middle of a format. Gives how to end it.
 */
async function lockAgainstUdev(drive: string): Promise<() => Promise<void>> {
  const handle = await open(`/dev/${drive}`, constants.O_RDONLY | constants.O_NONBLOCK)
  const { code, stderr } = await run('flock', ['--exclusive', '--timeout', '60', '0'], { stdin: handle.fd })
  if (code !== 0)
    log.warning(`udev may ask ${drive} while it formats: ${stderr || `flock ended with ${code}`}`)
  return () => handle.close()
}

/** What a format that was begun before has left, by the steps that there are still to do. */
const left = (steps: number): DiscNow => (steps === 0 ? 'formatted' : 'erased')

/**
 * What would be lost on a disc that nobody agreed to erase, as a phrase; undefined when nothing would. The drive is asked now: udev, and
 * whoever gave the order, know the disc as it was when it came. `emptied`: the drive has just ended a format that was begun for us.
 */
async function wouldBeLost(
  transport: Transport,
  { order, signal, clock = systemClock }: Job,
  facts: DiscFacts,
  { holdsData }: Preparation,
  emptied: boolean,
): Promise<string | undefined> {
  if (!holdsData || emptied) return undefined
  const { state, blocks } = decide(facts)
  if (order.format === undefined || state !== 'ready' || blocks === undefined)
    return 'nobody agreed to that, and the drive says that it is not blank'
  return contentsFound(transport, { profile: facts.profile, blocks }, { clock, signal })
}

/** From the facts of the disc to a formatted one; the drive is ours alone. Throws Stop. */
export async function formatWith(transport: Transport, job: Job): Promise<void> {
  const { drive, order, report, signal, lost, clock = systemClock } = job
  const stop = (code: Parameters<typeof diagnose>[0], params = {}) =>
    new Stop([diagnose(code, { drive, ...params })])
  // `in-work`: a format of ours was begun and not waited for. Of somebody else's nothing is known, and nothing said.
  const before = report.state.disc
  const waited = await waitForRunning(transport, {
    ...{ drive, disc: before, clock, signal },
    tell: (progress) => report.progress({ phase: 'formatting', disc: before, progress }),
  })
  const facts = await examine(transport, { deadlineMs: examineMs, clock })
  const offers = await formatOffers(transport, { clock })
  const why = lost()
  if (why !== undefined) throw stop('prepare.disc-changed', { why })
  if (facts.profile !== order.profile && facts.profile !== 0)
    throw stop('prepare.disc-changed', { why: 'it is of another kind than the one that was agreed to' })
  const decision = preparationOf(facts, offers, order.full)
  if ('refused' in decision) throw stop(decision.refused)
  const { plan } = decision
  if (!order.erase) {
    const emptied = waited && order.format === 'begun'
    const what = await wouldBeLost(transport, job, facts, plan, emptied)
    if (signal.aborted) throw new FormatFailure(drive).cancelled(before)
    if (what !== undefined) throw stop('prepare.needs-erase', { what })
  }
  const disc = before === 'in-work' ? left(plan.steps.length) : before
  await report.phase('starting', {
    disc,
    medium: plan.medium,
    ...(plan.blocks === undefined ? {} : { blocks: plan.blocks }),
  })
  log.info(`${drive}: ${plan.medium}, ${plan.steps.map((s) => s.do).join(', ') || 'has its format already'}`)
  const tell = (progress: Parameters<PrepareReport['progress']>[0]) => report.progress(progress)
  const { blocks } = await formatDisc(transport, plan, { drive, disc, clock, signal, lost, tell })
  // What had its format keeps its file system, too, until there is a new one.
  await report.phase('mapping', {
    ...(plan.steps.length === 0 ? {} : { disc: 'formatted' as const }),
    ...(blocks === undefined ? {} : { blocks }),
  })
}

/** What goes wrong before the first command that changes the disc, as a diagnostic. */
function told(drive: string, error: unknown): unknown {
  if (error instanceof DriveError)
    return new Stop([diagnose('prepare.refused', { drive, error: error.message })])
  if (!(error instanceof TransportError)) return error
  const code = error.reason === 'gone' ? 'prepare.drive-gone' : 'prepare.silent'
  return new Stop([diagnose(code, { drive, error: error.message })])
}

/** Holds the drive and formats the disc as ordered. Throws Stop; the disc of `report` says what it is then. */
export async function formatMedium(job: Job): Promise<void> {
  const { drive } = job
  const release = await claimDrive(drive, openForFormatting)
  try {
    const unlock = await lockAgainstUdev(drive)
    const node = await sgNodeOf(drive)
    if (node === undefined) throw new Stop([diagnose('drive.no-sg', { device: drive })])
    const transport = await openSg(node, { device: drive })
    try {
      await lockDoor(transport).catch(() => undefined)
      await formatWith(transport, job)
    } finally {
      if (job.report.state.disc !== 'in-work') await unlockDoor(transport).catch(() => undefined)
      await transport.close()
      await unlock()
    }
  } catch (error) {
    throw told(drive, error)
  } finally {
    release()
  }
}
