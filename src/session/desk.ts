// One user's session: looks, and does what the story asks for.
import { callDrive } from '../bus/client.ts'
import { Stop } from '../diagnostics/stop.ts'
import type { CompiledSettings } from '../settings/compiled.ts'
import type { Log } from '../system/journal.ts'
import { seatUser } from '../system/seat.ts'
import type { System } from '../system/system.ts'
import { Automounters } from './automounters.ts'
import type { Bus } from './bus.ts'
import { Looker } from './looker.ts'
import { Notifier } from './notifier.ts'
import type { StateWatch } from './state-watch.ts'
import { type Action, Story } from './story.ts'
import { ToldLosses } from './told-losses.ts'
import type { DriveView } from './view.ts'

/** ms between two looks that nothing asked for: with no disc of ours, with one, and while somebody waits for it. */
const pauses = { idle: 10_000, mapped: 2_000, leaving: 1_000 }
/** ms: formatting takes up to an hour and more. */
const longestPreparation = 4 * 3_600_000

export interface DeskOptions {
  system: System
  bus: Bus
  settings: Pick<CompiledSettings, 'mounts' | 'eject'>
  /** $XDG_RUNTIME_DIR */
  runtimeDir: string
  log: Log
  /** Wakes it between two looks. */
  watch: StateWatch
  signal: AbortSignal
}

export class Desk {
  readonly #options: DeskOptions
  readonly #story: Story
  readonly #told: ToldLosses
  readonly #looker: Looker
  readonly #watch: StateWatch
  readonly #automounters: Automounters
  #notifier: Notifier | undefined

  constructor(options: DeskOptions) {
    const { system, bus, settings, runtimeDir, watch } = options
    this.#options = options
    this.#told = new ToldLosses(runtimeDir)
    this.#story = new Story({
      ejectsAfterUnmount: settings.eject,
      isTold: (loss) => this.#told.has(loss),
    })
    this.#looker = new Looker({ system, settings })
    this.#watch = watch
    this.#automounters = new Automounters(bus, runtimeDir)
  }

  /** Until the signal. Rejects with BusError when the bus has gone. */
  async run(): Promise<void> {
    const { signal, bus } = this.#options
    const wake = (): void => this.#watch.poke()
    signal.addEventListener('abort', wake)
    await this.#told.load()
    this.#notifier = await Notifier.open(bus, {
      onAction: (drive, action) => void (action === 'prepare' && this.#prepare(drive)),
      onDismissed: (drive) => this.#story.closed(drive),
    })
    // What one before us could not give back any more.
    await this.#automounters.restore()
    try {
      while (!signal.aborted) {
        // Before the look: what changes during it is looked at again.
        await this.#watch.arm()
        const views = await this.#looker.look()
        await this.#act(views)
        await this.#watch.next(pauseFor(views))
      }
    } finally {
      this.#watch.close()
      await this.#automounters.release()
    }
  }

  async #act(views: readonly DriveView[]): Promise<void> {
    const seats = new Map<string, boolean>()
    /** The drive is in front of this user: others are told by their own session. */
    const isOurs = async ({ seat }: DriveView): Promise<boolean> => {
      const known = seats.get(seat)
      if (known !== undefined) return known
      const { system } = this.#options
      const user = await seatUser(seat, (program, argv, options) => system.run(program, argv, options))
      seats.set(seat, user?.uid === system.uid)
      return user?.uid === system.uid
    }
    let preparing: string | undefined
    for (const view of views)
      if (preparing === undefined && view.preparing !== undefined && (await isOurs(view)))
        preparing = view.drive
    if (preparing !== undefined) await this.#automounters.hold(`preparing the disc in ${preparing}`)
    else {
      await this.#automounters.release()
      // The bus answers, or this is the end.
      await this.#options.bus.hasOwner('org.freedesktop.Notifications')
    }
    for (const action of this.#story.look(views)) {
      const view = views.find(({ drive }) => drive === action.drive)
      if (view !== undefined && (await isOurs(view))) await this.#do(action)
    }
  }

  async #do(action: Action): Promise<void> {
    if (action.do === 'show') await this.#notifier?.show(action.drive, action.notice)
    else if (action.do === 'tell losses') {
      if (await this.#notifier?.show(action.drive, action.notice)) await this.#told.add(action.losses)
    } else if (action.do === 'close') await this.#notifier?.close(action.drive)
    // It may take a quarter of an hour, which is to be told meanwhile.
    else void this.#eject(action.drive)
  }

  /** The service on the system bus does it, if polkit lets this user without a question. */
  async #eject(drive: string): Promise<void> {
    const { log } = this.#options
    log.info(`${drive}: the desktop has unmounted the disc, so it is ejected`)
    try {
      await callDrive(drive, 'Eject', { interactive: false })
    } catch (error) {
      const [first] = error instanceof Stop ? error.diagnostics : []
      const why = first?.message ?? (error instanceof Error ? error.message : String(error))
      log.warning(`${drive} is not ejected: ${why}`)
      await this.#notifier?.show(drive, {
        kind: 'failed',
        summary: `The disc in ${drive} was not ejected`,
        body: [why, first?.remedy ?? ''].join('. ').trim(),
        icon: 'dialog-error',
        urgency: 'normal',
      })
    }
  }

  async #prepare(drive: string): Promise<void> {
    const { system, log } = this.#options
    // Without a terminal it asks nothing, and refuses where something would be lost.
    const argv = ['prepare', '--', drive]
    const { code, stderr } = await system.run('pktw', argv, { timeoutMs: longestPreparation })
    if (code === 0) return
    log.warning(`${drive} is not prepared: ${stderr.trim()}`)
    await this.#notifier?.show(drive, {
      kind: 'failed',
      summary: `The disc in ${drive} was not prepared`,
      body: `${stderr.trim().split('\n')[0] ?? ''} In a terminal: pktw prepare ${drive}`.trim(),
      icon: 'dialog-error',
      urgency: 'normal',
    })
  }
}

function pauseFor(views: readonly DriveView[]): number {
  if (views.some((v) => v.preparing !== undefined || (v.device !== undefined && v.mount === undefined)))
    return pauses.leaving
  return views.some((v) => v.device !== undefined) ? pauses.mapped : pauses.idle
}
