// pktw-prepare@.service: formats the disc in a drive and makes its file system. The order is in /run/pktw/prepare, and so is what has
// become of it.
import { diagnose } from '../diagnostics/catalogue.ts'
import { Stop } from '../diagnostics/stop.ts'
import { type DiscNow, PreparationFailed } from '../mmc/format-failure.ts'
import { diskseqOf } from '../system/drive-nodes.ts'
import { log } from '../system/journal.ts'
import { isOver, type PrepareOrder, parseState, preparationPaths } from '../system/preparation.ts'
import { run } from '../system/run.ts'
import { mountsOf, whoUses } from './mounts.ts'
import { makeFileSystem, needMkudffs } from './prepare-file-system.ts'
import { formatMedium } from './prepare-medium.ts'
import { takeOrder } from './prepare-order.ts'
import { cancelled, PrepareReport } from './prepare-report.ts'
import { mappingOf, paths, readText, removeState, writeState } from './state.ts'
import { unitState } from './unit.ts'

const stopTimeout = 30 * 60_000

/** Whoever has it mounted has to let it go: it is not taken away from anybody. */
async function refuseMounted(drive: string): Promise<void> {
  const mapping = await mappingOf(drive)
  for (const device of [drive, ...(mapping === undefined ? [] : [mapping.device])]) {
    const [mount] = await mountsOf(device)
    if (mount !== undefined) throw new Stop([diagnose('prepare.mounted', { drive, target: mount.target })])
  }
}

/** Ends the service of the disc, which somebody may use in a way that no mount table shows. True when it was served. */
async function stopServing(drive: string): Promise<boolean> {
  const { active } = await unitState(drive)
  if (active === 'inactive' || active === 'failed') return false
  const device = (await mappingOf(drive))?.device ?? drive
  const unit = `pktw-unmap@${drive}.service`
  const { code } = await run('systemctl', ['start', '--', unit], { timeoutMs: stopTimeout })
  if (code !== 0) throw new Stop([diagnose('prepare.held', { drive, who: await whoUses(device) })])
  return true
}

/** Why it is not the disc of the order any more. */
const changed = (drive: string, order: PrepareOrder): string | undefined => {
  const now = diskseqOf(drive)
  if (now === order.diskseq) return undefined
  return now === undefined
    ? 'the drive is gone'
    : `disc ${order.diskseq} was agreed to, disc ${now} is in the drive`
}

async function work(
  drive: string,
  order: PrepareOrder,
  report: PrepareReport,
  signal: AbortSignal,
): Promise<void> {
  const lost = () => changed(drive, order)
  const why = lost()
  if (why !== undefined) throw new Stop([diagnose('prepare.disc-changed', { drive, why })])
  await needMkudffs()
  await refuseMounted(drive)
  const served = await stopServing(drive)
  try {
    await writeState(preparationPaths.mark(drive), '')
    await formatMedium({ drive, order, report, signal, lost })
  } catch (error) {
    await removeState(preparationPaths.mark(drive))
    // As it was before: taken up again by itself, or offered as what it is.
    if (report.state.disc !== 'unchanged') await removeState(paths.seen(drive, order.diskseq))
    const unit =
      served && report.state.disc === 'unchanged' ? `pktw@${drive}.service` : `pktw-look@${drive}.service`
    if (report.state.disc !== 'in-work') await run('systemctl', ['start', '--no-block', '--', unit])
    throw error
  }
  // From here on it takes a minute at the most, and half a file system is worse than a whole one.
  await removeState(paths.seen(drive, order.diskseq))
  await makeFileSystem(drive, order, report)
}

/** The end of a preparation that came to nothing, in its state and in the journal. One that was cancelled has not failed. */
async function tellEnd(drive: string, report: PrepareReport, error: unknown): Promise<void> {
  const sense = error instanceof PreparationFailed ? error.sense : undefined
  const why = error instanceof Error ? error.message : String(error)
  const [told = diagnose('cli.failed', { why })] = error instanceof Stop ? error.diagnostics : []
  // An unplugged drive takes this service with it, which looks like being cancelled.
  const gone = told.code === 'prepare.cancelled' && diskseqOf(drive) === undefined
  await report.failed(
    gone ? diagnose('prepare.drive-gone', { drive, error: 'it was unplugged' }) : told,
    sense,
  )
  if (report.state.phase !== 'cancelled') throw error
  log.warning(report.state.error?.message ?? '')
}

/** What an earlier preparation of this disc has left of it: the drive may still work on it. */
async function discBefore(drive: string, diskseq: string): Promise<DiscNow> {
  const before = parseState((await readText(preparationPaths.state(drive))) ?? '')
  if (before === undefined || before.diskseq !== diskseq || before.phase === 'done') return 'unchanged'
  return before.disc
}

/** ExecStart. SIGTERM ends it where it can be ended. Throws what was told in the state. */
export async function prepare(drive: string): Promise<void> {
  const abort = new AbortController()
  process.on('SIGTERM', () => abort.abort())
  const diskseq = diskseqOf(drive) ?? ''
  const report = new PrepareReport(drive, diskseq, undefined, undefined, await discBefore(drive, diskseq))
  await report.phase('starting')
  try {
    const order = await takeOrder(drive)
    await work(drive, order, report, abort.signal)
    await report.phase('done', { disc: 'formatted' })
    log.info(`the disc in ${drive} is prepared`)
  } catch (error) {
    await tellEnd(drive, report, error)
  }
}

/** ExecStopPost: nothing is left that would say that a preparation still runs. */
export async function prepareEnd(drive: string): Promise<void> {
  await removeState(preparationPaths.order(drive))
  await removeState(preparationPaths.mark(drive))
  const state = parseState((await readText(preparationPaths.state(drive))) ?? '')
  if (state === undefined || isOver(state)) return
  const bySignal = process.env.EXIT_STATUS === 'TERM'
  const { code, message, remedy } = bySignal ? cancelled(state) : diagnose('prepare.died', { drive })
  const error = { code, message, ...(remedy === undefined ? {} : { remedy }) }
  const phase = bySignal ? 'cancelled' : 'failed'
  await writeState(
    preparationPaths.state(drive),
    `${JSON.stringify({ ...state, phase, error, updatedAt: Date.now() })}\n`,
  )
}
