// pktw prepare
import { diagnose } from '../diagnostics/catalogue.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { exit, Stop } from '../diagnostics/stop.ts'
import { usersText } from '../disc/device-users.ts'
import { stackedOnDisc } from '../disc/disc-holders.ts'
import { mappedDrive, mountsOfDevice } from '../disc/mapped-drives.ts'
import { opticalDrives } from '../disc/optical-drives.ts'
import { labelProblem } from '../media/file-system.ts'
import { holdersOf } from '../system/holders.ts'
import {
  type PrepareOrder,
  type PrepareState,
  preparationUnit,
  readPreparation,
  writeOrder,
} from '../system/preparation.ts'
import { programs } from '../system/programs.ts'
import { realSystem } from '../system/real.ts'
import type { System } from '../system/system.ts'
import { byBus, goesByBus, prepareByBus } from './by-bus.ts'
import { whichDrive } from './drives.ts'
import type { PrepareOptions } from './options.ts'
import {
  type DiscToAgree,
  type DiscToPrepare,
  discByUdev,
  lookAtDisc,
  type OpenDrive,
  openDrive,
  stepTexts,
} from './prepare-disc.ts'
import { type FollowOptions, follow, isRunning } from './prepare-progress.ts'
import { canAsk, confirm, say, sayJson, tell } from './terminal.ts'
import { doUnit, isDenied } from './units.ts'

/** What stands for the machine in tests. */
export interface PrepareMachine extends FollowOptions {
  system?: System
  open?: OpenDrive
  env?: Record<string, string | undefined>
  holders?: typeof holdersOf
}

/** With several drives it has to be said which: no disc is erased because it was the likelier one. */
async function driveToPrepare(system: System, asked: string | undefined): Promise<string> {
  const drives = await opticalDrives(system)
  if (asked !== undefined || drives.length <= 1) return whichDrive(system, asked, 'prepare')
  const params = { drives: drives.join(', '), verb: 'prepare', first: drives[0] ?? 'sr0' }
  throw new Stop([diagnose('cli.which-drive', params)], exit.trouble)
}

async function refuseInUse(system: System, drive: string, holdersAt: typeof holdersOf): Promise<void> {
  if (await isRunning(system, drive)) throw new Stop([diagnose('prepare.running', { drive })])
  const mapped = await mappedDrive(system, drive)
  for (const device of [...new Set([mapped?.device ?? drive, drive])]) {
    const [mount] = await mountsOfDevice(system, device)
    if (mount !== undefined) throw new Stop([diagnose('prepare.mounted', { drive, target: mount.target })])
  }
  const stacked = await stackedOnDisc(system, [mapped?.device ?? drive])
  if (stacked.length > 0) throw new Stop([diagnose('prepare.held', { drive, who: usersText(stacked) })])
  // pktw's own engine lets go when it is told to.
  if (mapped !== undefined) return
  const holders = (await holdersAt(`/dev/${drive}`)).filter((h) => h.pid !== process.pid)
  if (holders.length === 0) return
  const who = holders.map(({ pid, command }) => `${command} (process ${pid})`).join(', ')
  throw new Stop([diagnose('prepare.held', { drive, who })])
}

/** `SUDO_UID` and `SUDO_GID`, or the caller's own. */
function callerOf(system: System, env: Record<string, string | undefined>): { uid: number; gid: number } {
  const id = (text: string | undefined): number | undefined =>
    text !== undefined && /^[0-9]{1,9}$/.test(text) ? Number(text) : undefined
  const [uid, gid] = [id(env.SUDO_UID), id(env.SUDO_GID)]
  if (system.uid === 0 && uid !== undefined && gid !== undefined) return { uid, gid }
  return { uid: system.uid, gid: process.getgid?.() ?? 0 }
}

/** True when a person says that what is on the disc may go; false where nothing is known to be on it. Throws Stop on a no. */
async function agree(disc: DiscToAgree, options: PrepareOptions): Promise<boolean> {
  const { drive, plan, emptied, contents, kind, model } = disc
  if (options.erase) return true
  if (!plan.holdsData || emptied) return false
  if (options.json || !canAsk()) throw new Stop([diagnose('prepare.needs-erase', { drive, what: contents })])
  say(`The ${kind} in ${drive} (${model}) holds ${contents}. All of it will be lost.`)
  if (await confirm('Erase it?', false)) return true
  throw new Stop([diagnose('cli.no-confirmation')])
}

/** The service may open drives that its caller may not: over ssh, or of another seat. Then it is polkit's to say no. */
async function seenOrKnown(
  system: System,
  drive: string,
  look: () => Promise<DiscToAgree>,
): Promise<DiscToAgree> {
  try {
    return await look()
  } catch (error) {
    const refused = error instanceof Stop && error.diagnostics[0]?.code === 'drive.refused'
    const known = refused && goesByBus(system) ? await discByUdev(system, drive) : undefined
    if (known === undefined) throw error
    return known
  }
}

function showPlan(disc: DiscToPrepare, { label = disc.kind, json }: PrepareOptions): number {
  const { drive, model, kind, plan, contents } = disc
  const steps = stepTexts(disc, label)
  if (json) sayJson({ drive, model, kind, label, ...plan, does: steps, loses: contents })
  else
    say(
      [
        `${drive} (${model}): a ${kind}`,
        'would be done:',
        ...steps.map((step) => `  ${step}`),
        `lost: ${contents}`,
      ].join('\n'),
    )
  return exit.done
}

async function start(system: System, drive: string, order: PrepareOrder): Promise<void> {
  await writeOrder(system, drive, order)
  const unit = preparationUnit(drive)
  const argv = ['--no-ask-password', 'start', '--no-block', '--', unit]
  const { code, stderr } = await system.run(programs.systemctl, argv)
  if (code === 0) return
  const why = stderr.trim().split('\n')[0] || `exit code ${code}`
  if (isDenied(stderr)) throw new Stop([diagnose('cli.not-allowed', { why })])
  if (/not found/i.test(stderr)) throw new Stop([diagnose('cli.not-installed')])
  throw new Stop([diagnose('cli.unit-failed', { verb: 'start', unit, why })])
}

/** The end in words or as JSON; gives the exit code. */
function report(state: PrepareState, json: boolean): number {
  const { drive, error, mountedAt } = state
  const told: Diagnostic[] = error === undefined ? [] : [{ severity: 'error', ...error }]
  if (json) sayJson({ ...state, diagnostics: told })
  else if (error !== undefined) tell(told)
  else
    say(
      mountedAt === undefined
        ? `the disc in ${drive} is prepared: /dev/pktw/${drive}; pktw mount ${drive} mounts it`
        : `the disc in ${drive} is prepared and mounted at ${mountedAt}`,
    )
  return error === undefined ? exit.done : exit.findings
}

async function cancel(system: System, drive: string, json: boolean): Promise<number> {
  if (!(await isRunning(system, drive))) throw new Stop([diagnose('prepare.not-running', { drive })])
  const doing = `cancelling the preparation of the disc in ${drive}`
  if (goesByBus(system)) await byBus(drive, 'Cancel', doing)
  else await doUnit(system, 'stop', preparationUnit(drive), doing)
  const state = await readPreparation(system, drive)
  if (state === undefined) throw new Stop([diagnose('prepare.died', { drive })])
  report(state, json)
  // What was asked for has come about; that it says so is no failure.
  return state.phase === 'cancelled' || state.phase === 'done' ? exit.done : exit.findings
}

/** Prepares the disc in a drive. Gives the exit code; throws Stop. */
export async function prepare(options: PrepareOptions, machine: PrepareMachine = {}): Promise<number> {
  const { system = realSystem(), open = openDrive, env = process.env, holders = holdersOf } = machine
  const drive = await driveToPrepare(system, options.drive)
  if (options.cancel) return cancel(system, drive, options.json)
  const problem = options.label === undefined ? undefined : labelProblem(options.label)
  if (problem !== undefined)
    throw new Stop([diagnose('prepare.label', { label: options.label ?? '', why: problem })], exit.trouble)
  // First: a disc that is being formatted must not be asked anything.
  if (!options.dryRun || (await isRunning(system, drive))) await refuseInUse(system, drive, holders)
  const wait = options.wait && !options.dryRun
  const look = () => lookAtDisc(system, drive, { full: options.full, wait, open })
  if (options.dryRun) return showPlan(await look(), options)
  const disc = await seenOrKnown(system, drive, look)
  const label = options.label ?? disc.kind
  const erase = await agree(disc, options)
  const { diskseq, profile } = disc
  // The disc that the question was about; the service refuses another one, and one that holds what nobody was asked about.
  const agreed = { full: options.full, erase, label }
  if (goesByBus(system)) await prepareByBus(drive, agreed)
  else await start(system, drive, { version: 1, diskseq, profile, ...agreed, ...callerOf(system, env) })
  if (!options.wait) {
    if (options.json) sayJson({ drive, started: true })
    else tell([diagnose('prepare.detached', { drive })])
    return exit.done
  }
  const state = await follow(system, drive, machine)
  if (state !== undefined) return report(state, options.json)
  tell([diagnose('prepare.detached', { drive })])
  return exit.findings
}
