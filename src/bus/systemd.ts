// systemd: everything that is done is done by starting and stopping units.
import { diagnose } from '../diagnostics/catalogue.ts'
import { Stop } from '../diagnostics/stop.ts'
import { type Bus, BusError, Variant } from './connection.ts'
import { ownerOf } from './names.ts'

const systemd = 'org.freedesktop.systemd1'
const manager = { destination: systemd, path: '/org/freedesktop/systemd1', interface: `${systemd}.Manager` }

/** ms; a full cache on a slow disc, and longer than the units themselves take to give up. */
const patience = 31 * 60_000
/** ms; a large disc takes hours to be formatted. */
export const longPatience = 24 * 3_600_000

/** What a job that did not do it ended with, in words. */
const results: Record<string, string> = {
  canceled: 'something else was asked of it meanwhile',
  timeout: 'it took too long',
  failed: 'it failed',
  dependency: 'what it needs failed',
  skipped: 'its conditions do not hold',
}

export class Systemd {
  readonly #bus: Bus
  readonly #owner: () => string | undefined
  readonly #ended = new Map<string, Set<(result: string) => void>>()
  /** Jobs that were removed while their number was still on its way to us. */
  readonly #early = new Map<string, string>()
  #asking = 0

  private constructor(bus: Bus, owner: () => string | undefined) {
    this.#bus = bus
    this.#owner = owner
  }

  /** `changed` gets the name of each unit that a job has ended for, or that came or went. */
  static async watch(bus: Bus, changed: (unit: string) => void): Promise<Systemd> {
    const here = new Systemd(bus, await ownerOf(bus, systemd))
    const hear = (member: string, handle: (body: unknown[]) => void) => {
      const rule = `sender='${systemd}',interface='${manager.interface}',member='${member}'`
      return bus.onSignal(rule, { interface: manager.interface, member }, ({ sender, body }) => {
        // Anybody may send us such a signal directly.
        if (sender === here.#owner()) handle(body)
      })
    }
    await hear('JobRemoved', ([, job, unit, result]) => {
      here.#removed(String(job), String(result))
      changed(String(unit))
    })
    await hear('UnitNew', ([unit]) => changed(String(unit)))
    await hear('UnitRemoved', ([unit]) => changed(String(unit)))
    // Without it systemd tells jobs only to who has asked for them.
    await bus.call({ ...manager, member: 'Subscribe', timeoutMs: 20_000 }).catch(() => {})
    return here
  }

  #removed(job: string, result: string): void {
    const waiting = this.#ended.get(job)
    for (const tell of waiting ?? []) tell(result)
    if (waiting === undefined && this.#asking > 0) this.#early.set(job, result)
  }

  /** Has the job made. Throws Stop. */
  async #ask(verb: 'start' | 'stop', unit: string): Promise<string | undefined> {
    const member = verb === 'start' ? 'StartUnit' : 'StopUnit'
    try {
      const call = { ...manager, member, signature: 'ss', body: [unit, 'replace'], timeoutMs: 60_000 }
      return String((await this.#bus.call(call))[0])
    } catch (error) {
      const { error: name, message } = error as BusError
      // Nothing of that name runs.
      if (name === `${systemd}.NoSuchUnit` && verb === 'stop') return undefined
      if (name === `${systemd}.NoSuchUnit`) throw new Stop([diagnose('cli.not-installed')])
      if (!name.startsWith(systemd)) throw new Stop([diagnose('bus.systemd-silent', { why: message })])
      throw new Stop([diagnose('cli.unit-failed', { verb, unit, why: message })])
    }
  }

  /** Starts or stops a unit and waits for it, `timeoutMs` at the most. Throws Stop. */
  async run(verb: 'start' | 'stop', unit: string, timeoutMs = patience): Promise<void> {
    this.#asking += 1
    let result: string
    try {
      const job = await this.#ask(verb, unit)
      if (job === undefined) return
      result = this.#early.get(job) ?? (await this.#end(job, timeoutMs))
    } finally {
      this.#asking -= 1
      if (this.#asking === 0) this.#early.clear()
    }
    if (result !== 'done')
      throw new Stop([diagnose('cli.unit-failed', { verb, unit, why: results[result] ?? result })])
  }

  async #end(job: string, timeoutMs: number): Promise<string> {
    let timer: NodeJS.Timeout | undefined
    try {
      return await new Promise<string>((resolve) => {
        // Two may wait for one job: systemd gives the same for the same.
        this.#ended.set(job, (this.#ended.get(job) ?? new Set()).add(resolve))
        timer = setTimeout(() => resolve('timeout'), timeoutMs)
        this.#bus.closed.then(() => resolve('canceled'))
      })
    } finally {
      clearTimeout(timer)
      this.#ended.delete(job)
    }
  }

  /** `active`, `inactive`, `activating` …; `unknown` where systemd does not say. */
  async state(unit: string): Promise<string> {
    try {
      const [path] = await this.#bus.call({
        ...manager,
        member: 'GetUnit',
        signature: 's',
        body: [unit],
        timeoutMs: 20_000,
      })
      const [value] = await this.#bus.call({
        destination: systemd,
        path: String(path),
        interface: 'org.freedesktop.DBus.Properties',
        member: 'Get',
        signature: 'ss',
        body: [`${systemd}.Unit`, 'ActiveState'],
        timeoutMs: 20_000,
      })
      return value instanceof Variant ? String(value.value) : 'unknown'
    } catch (error) {
      const notLoaded = error instanceof BusError && error.error === `${systemd}.NoSuchUnit`
      return notLoaded ? 'inactive' : 'unknown'
    }
  }
}
