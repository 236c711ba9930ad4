// org.pktw.Pktw1: calls in, units started and stopped, properties out. Holds nothing that /run/pktw or systemd do not have, but who waits.
import { busName, managerInterface, rootPath } from '../artifacts/bus/interfaces.ts'
import { askDriver, type Bus, BusError, type Incoming } from '../bus/connection.ts'
import { type Caller, callerOf, Leaving } from '../bus/names.ts'
import { type Answer, Service } from '../bus/service.ts'
import { longPatience, Systemd } from '../bus/systemd.ts'
import { diagnose } from '../diagnostics/catalogue.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { Stop } from '../diagnostics/stop.ts'
import { compiledSettings } from '../disc/compiled-settings.ts'
import { bytesLeft, engineStatus } from '../disc/engine-status.ts'
import { isOver, preparationUnit, readPreparation } from '../system/preparation.ts'
import type { System } from '../system/system.ts'
import { type Asking, allow } from './allow.ts'
import { Calls } from './calls.ts'
import { onChanges } from './changes.ts'
import { Drives, problemOf } from './drives.ts'
import { Jobs } from './jobs.ts'
import { type Look, runningPreparation } from './look.ts'
import { prepareOptions } from './options.ts'
import type { Verb } from './policy.ts'
import { placeOrder, preparable, refuseBegun } from './preparing.ts'
import { busErrorOf, problemsOf } from './problems.ts'
import { progressOf, type Sample } from './progress.ts'
import { foreseen, type Tools, work } from './work.ts'

export interface DaemonOptions {
  bus: Bus
  system: System
  version: string
  /** ms without a call, a job or a reader after which it ends. */
  idleMs?: number
  /** ms between two looks at what tells nothing by itself, while somebody watches. */
  followMs?: number
  /** Another version or other settings are installed, or nothing: whoever watches is left to the next one. */
  outdated?: () => boolean
  /** It is told to end. */
  stopping?: Promise<unknown>
}

/** ms: whoever stops the service, an upgrade say, waits for an open password prompt as long. What was begun goes on without it. */
const finishMs = 20_000

const verbs: Record<string, Verb> = {
  Map: 'map',
  Unmap: 'unmap',
  Mount: 'mount',
  Unmount: 'unmount',
  Eject: 'eject',
  Prepare: 'prepare',
  Cancel: 'cancel',
}

export class Daemon {
  readonly #bus: Bus
  readonly #tools: Tools
  readonly #leaving: Leaving
  readonly #service: Service
  readonly #jobs: Jobs
  readonly #drives: Drives
  readonly #calls = new Calls()
  /** Who has read properties, and is still on the bus: those are told of changes. */
  readonly #readers = new Set<string>()
  /** What is being done, by verb, drive and user: who asks again waits for the same. */
  readonly #working = new Map<string, Promise<unknown[]>>()
  #handling = 0
  #looks = 0
  #lastCall = performance.now()

  private constructor(options: DaemonOptions, leaving: Leaving, systemd: Systemd) {
    const { bus, system } = options
    this.#bus = bus
    this.#leaving = leaving
    this.#tools = { system, systemd }
    const machineId = async () => ((await system.read('/etc/machine-id'))?.toString('utf8') ?? '').trim()
    this.#service = new Service(bus, rootPath, (reader) => this.#read(reader), machineId)
    this.#jobs = new Jobs(this.#service)
    this.#drives = new Drives(this.#tools, this.#service, this.#jobs, (drive) => this.#answer(drive))
  }

  /** Serves until nobody needs it. Resolves when it is over. Rejects with BusError when the name is taken. */
  static async run(options: DaemonOptions): Promise<void> {
    const { bus, system, version, idleMs = 60_000, followMs = 2000, outdated = () => false } = options
    const { stopping = new Promise(() => {}) } = options
    let changed: () => void = () => {}
    const leaving = await Leaving.watch(bus)
    const systemd = await Systemd.watch(bus, (unit) => {
      if (/^pktw|\.mount$/.test(unit)) changed()
    })
    const daemon = new Daemon(options, leaving, systemd)
    const settings = await compiledSettings(system).catch(() => undefined)
    daemon.#service.put(rootPath, managerInterface, { Version: version, MountStyle: settings?.style ?? '' })
    await daemon.#drives.refresh()
    bus.serve((call) => void daemon.#handle(call))
    await bus.own(busName)
    changed = () => {
      if (daemon.#watched) daemon.#drives.refresh().catch(() => {})
    }
    const stop = onChanges(system.root, changed)
    const follow = setInterval(() => void daemon.#follow(), followMs)
    try {
      const told = stopping.then(() => daemon.#finish())
      await Promise.race([bus.closed, daemon.#idle(idleMs, outdated), told])
    } finally {
      stop()
      clearInterval(follow)
    }
  }

  get #watched(): boolean {
    return this.#readers.size > 0 || this.#jobs.count > 0
  }

  /** Resolves when there was nothing to do for so long, and nothing came in at the last moment. */
  async #idle(idleMs: number, outdated: () => boolean): Promise<void> {
    const busy = (): boolean => this.#handling > 0 || this.#jobs.count > 0
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, Math.min(idleMs, 1000)))
      const needed = busy() || this.#watched || performance.now() - this.#lastCall < idleMs
      if (needed && (busy() || !outdated())) continue
      // Whoever calls from now on has the service started anew. What was sent before is here when this is answered.
      await this.#release()
      if (!busy() && (!this.#watched || outdated())) return
      await this.#bus.own(busName).catch(() => {})
    }
  }

  async #release(): Promise<void> {
    await askDriver(this.#bus, 'ReleaseName', 's', [busName]).catch(() => {})
  }

  /** Told to end: what is in hand is answered first, within the time that a service is given to stop. */
  async #finish(): Promise<void> {
    await this.#release()
    const end = performance.now() + finishMs
    while (this.#handling > 0 && performance.now() < end)
      await new Promise((resolve) => setTimeout(resolve, 20))
  }

  async #follow(): Promise<void> {
    if (!this.#watched) return
    this.#looks += 1
    // A directory that was not there when we began to watch is noticed late, but it is.
    if (this.#looks % 10 === 0) await this.#drives.refresh().catch(() => {})
    else if (this.#drives.lively) await this.#drives.follow().catch(() => {})
  }

  async #handle(call: Incoming): Promise<void> {
    this.#handling += 1
    this.#lastCall = performance.now()
    try {
      await this.#service.handle(call)
    } finally {
      this.#handling -= 1
    }
  }

  async #read(reader: string): Promise<void> {
    if (!this.#readers.has(reader)) {
      this.#readers.add(reader)
      this.#leaving.once(reader, () => this.#readers.delete(reader))
    }
    await this.#drives.fresh()
  }

  #answer(drive: string): Answer {
    return async (method, call) => {
      const verb = verbs[method]
      if (verb === undefined) throw new BusError('org.freedesktop.DBus.Error.UnknownMethod', method)
      try {
        const caller = await callerOf(this.#bus, call.sender)
        if (caller === undefined) throw new Stop([diagnose('bus.caller-gone')])
        const leave = this.#calls.enter(caller.uid)
        try {
          return await this.#do(drive, verb, caller, call)
        } finally {
          leave()
        }
      } catch (error) {
        throw busErrorOf(error)
      }
    }
  }

  /** The drive as it is now. Throws Stop when it is gone. */
  async #look(drive: string): Promise<Look> {
    const look = await this.#drives.look(drive)
    if (look === undefined) throw new Stop([diagnose('bus.no-such-drive', { drive })])
    return look
  }

  async #do(drive: string, verb: Verb, caller: Caller, call: Incoming): Promise<unknown[]> {
    const asking: Asking = { verb, caller, sender: call.sender, interactive: call.interactive }
    const before = await this.#look(drive)
    if (verb === 'prepare') return this.#prepare(before, asking, call)
    if (verb === 'cancel') return this.#cancel(before, asking)
    await foreseen(this.#tools, verb, before)
    const look = await this.#allow(drive, asking)
    const key = `${verb} ${drive} ${caller.uid}`
    const working = this.#working.get(key) ?? this.#work(verb, look, caller.uid)
    this.#working.set(key, working)
    try {
      return await working
    } finally {
      this.#working.delete(key)
    }
  }

  #allow(drive: string, asking: Asking): Promise<Look> {
    const { awaited } = this.#drives
    const begun = () => (awaited.has(drive) ? this.#jobs.startedBy('prepare', drive) : undefined)
    return allow(this.#bus, this.#leaving, this.#tools, asking, () => this.#look(drive), begun)
  }

  async #work(verb: keyof typeof work, look: Look, uid: number): Promise<unknown[]> {
    const { drive } = look
    const job = { operation: verb, drive, uid, startedAt: Date.now() }
    this.#jobs.tell(job)
    this.#drives.republish(drive)
    const samples: Sample[] = []
    let over = false
    const tick = async (): Promise<void> => {
      const engine = await engineStatus(this.#tools.system, drive)
      // What is still mounted may be written to: only what leaves is on its way to an end.
      if (verb === 'map' || verb === 'mount' || over) return
      samples.push({ at: Date.now(), left: engine && bytesLeft(engine) })
      this.#jobs.tell(job, 'working', progressOf(samples))
    }
    const timer = setInterval(() => void tick().catch(() => {}), 1000)
    let problems: readonly Diagnostic[] = []
    try {
      return await work[verb](this.#tools, look, uid)
    } catch (error) {
      problems = problemsOf(error)
      throw error
    } finally {
      clearInterval(timer)
      over = true
      this.#jobs.end(verb, drive, problems)
      await this.#drives.refresh().catch(() => {})
    }
  }

  async #prepare(before: Look, asking: Asking, call: Incoming): Promise<unknown[]> {
    const options = prepareOptions(call.body[0])
    const { drive } = before
    const awaited = (): boolean => this.#drives.awaited.has(drive)
    // The disc that was in when it was asked for: the order names it, and no other one is erased.
    const disc = preparable(before, options, awaited())
    const look = await this.#allow(drive, { ...asking, erase: options.erase })
    await refuseBegun(this.#tools, drive)
    preparable(look, options, awaited())
    const { uid } = asking.caller
    const startedAt = Date.now()
    // From here on it is this one's: until the unit's program has started there is no state that would say so.
    this.#drives.awaited.add(drive)
    const path = this.#jobs.tell({ operation: 'prepare', drive, uid, startedAt }, 'starting')
    this.#drives.republish(drive)
    try {
      await placeOrder(this.#tools, look, disc, options, { uid, startedAt })
    } catch (error) {
      this.#drives.awaited.delete(drive)
      this.#jobs.end('prepare', drive, problemsOf(error))
      this.#drives.republish(drive)
      throw error
    }
    void this.#awaitPreparation(drive, this.#tools.systemd.run('start', preparationUnit(drive), longPatience))
    return [path]
  }

  async #awaitPreparation(drive: string, running: Promise<void>): Promise<void> {
    let problems: readonly Diagnostic[] = []
    try {
      await running
    } catch (error) {
      const state = await readPreparation(this.#tools.system, drive).catch(() => undefined)
      if (state !== undefined && !isOver(state)) {
        // Cancelled: systemd says so at once, the service when it knows what the disc is now. The drive's looks end the job then.
        this.#drives.awaited.delete(drive)
        return
      }
      const told = state === undefined ? [] : problemOf(state)
      problems = told.length > 0 ? told : problemsOf(error)
    }
    this.#drives.awaited.delete(drive)
    this.#jobs.end('prepare', drive, problems)
    await this.#drives.refresh().catch(() => {})
  }

  async #cancel(before: Look, asking: Asking): Promise<unknown[]> {
    const { drive } = before
    if (runningPreparation(before) === undefined && !this.#drives.awaited.has(drive))
      throw new Stop([diagnose('prepare.not-running', { drive })])
    await this.#allow(drive, asking)
    await this.#tools.systemd.run('stop', preparationUnit(drive))
    return []
  }
}
