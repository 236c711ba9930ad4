// The drives on the bus: one object each, its properties as they are now.
import { driveInterface, drivePath } from '../artifacts/bus/interfaces.ts'
import type { Answer, Service } from '../bus/service.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { opticalDrives } from '../disc/optical-drives.ts'
import type { PrepareState } from '../system/preparation.ts'
import type { Jobs } from './jobs.ts'
import { driveValues, type Look, lookAgain, lookAt, runningPreparation } from './look.ts'
import { askerOf, progressOfPreparation } from './preparing.ts'
import type { Tools } from './work.ts'

/** ms: what was looked at this short a time ago is not looked at again for somebody who only reads. */
const recent = 300

/** What a preparation ended with, other than a prepared disc. */
export function problemOf({ error }: PrepareState): Diagnostic[] {
  if (error === undefined) return []
  const { code, message, remedy } = error
  return [{ code, severity: 'error', message, ...(remedy === undefined ? {} : { remedy }) }]
}

export class Drives {
  readonly #tools: Tools
  readonly #service: Service
  readonly #jobs: Jobs
  readonly #answer: (drive: string) => Answer
  readonly #looks = new Map<string, Look>()
  /** Preparations that we wait for ourselves. */
  readonly awaited = new Set<string>()
  /** Looks in the order in which they began; of each drive, the last one that was published, or after which it went. */
  #turn = 0
  readonly #published = new Map<string, number>()
  #lookedAt = 0
  #looking: Promise<void> | undefined
  #again = false

  constructor(tools: Tools, service: Service, jobs: Jobs, answer: (drive: string) => Answer) {
    this.#tools = tools
    this.#service = service
    this.#jobs = jobs
    this.#answer = answer
  }

  /** Something goes on that tells nobody by itself. */
  get lively(): boolean {
    return [...this.#looks.values()].some((look) => this.#isLively(look))
  }

  #isLively(look: Look): boolean {
    return look.mapped !== undefined || runningPreparation(look) !== undefined || this.awaited.has(look.drive)
  }

  /** Looks at one drive now. Undefined when it is gone. */
  async look(drive: string): Promise<Look | undefined> {
    const { system, systemd } = this.#tools
    if (!(await opticalDrives(system)).includes(drive)) return undefined
    const turn = ++this.#turn
    const look = await lookAt(system, drive, (unit) => systemd.state(unit))
    // One that began later has ended before: what this one saw is over.
    if (turn > (this.#published.get(drive) ?? 0)) {
      this.#published.set(drive, turn)
      await this.#publish(look)
    }
    return look
  }

  /** For somebody who reads. */
  async fresh(): Promise<void> {
    if (performance.now() - this.#lookedAt > recent) await this.refresh()
  }

  /** Looks at all drives. Who asks while somebody looks gets a look that began after that. */
  refresh(): Promise<void> {
    if (this.#looking !== undefined) {
      this.#again = true
      return this.#looking
    }
    this.#looking = this.#refreshAll().finally(() => {
      this.#looking = undefined
    })
    return this.#looking
  }

  async #refreshAll(): Promise<void> {
    do {
      this.#again = false
      const drives = await opticalDrives(this.#tools.system)
      for (const drive of this.#looks.keys()) if (!drives.includes(drive)) this.#drop(drive)
      await Promise.all(drives.map((drive) => this.look(drive)))
      this.#lookedAt = performance.now()
    } while (this.#again)
  }

  /** What an engine or a preparation tells only when it is asked. */
  async follow(): Promise<void> {
    for (const look of [...this.#looks.values()]) {
      if (!this.#isLively(look)) continue
      const again = await lookAgain(this.#tools.system, look)
      if (this.#looks.get(look.drive) === look) await this.#publish(again)
    }
  }

  /** Jobs have begun or ended. */
  republish(drive: string): void {
    const look = this.#looks.get(drive)
    if (look === undefined) return
    const values = driveValues(look, this.#jobs.of(drive))
    this.#service.put(drivePath(drive), driveInterface, values, this.#answer(drive))
  }

  #drop(drive: string): void {
    this.#looks.delete(drive)
    this.#published.set(drive, ++this.#turn)
    this.#service.drop(drivePath(drive))
  }

  async #publish(look: Look): Promise<void> {
    const { drive } = look
    this.#looks.set(drive, look)
    const preparation = runningPreparation(look)
    if (preparation !== undefined) {
      const uid = (await askerOf(this.#tools.system, drive, preparation)) ?? 0
      const job = { operation: 'prepare', drive, uid, startedAt: preparation.startedAt }
      this.#jobs.tell(job, preparation.phase, progressOfPreparation(preparation))
    } else if (!this.awaited.has(drive))
      this.#jobs.end('prepare', drive, look.preparation === undefined ? [] : problemOf(look.preparation))
    this.republish(drive)
  }
}
