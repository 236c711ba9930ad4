// Jobs: what is being done to a drive, as objects on the bus.
import { errorName, errorText } from '../artifacts/bus/errors.ts'
import { notKnown } from '../artifacts/bus/interface.ts'
import { drivePath, jobInterface, jobPath } from '../artifacts/bus/interfaces.ts'
import type { Service } from '../bus/service.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { type Progress, unknown } from './progress.ts'

export interface Job {
  operation: string
  drive: string
  uid: number
  /** ms since 1970 */
  startedAt: number
}

const microseconds = (ms: number): number => Math.round(ms * 1000)

export class Jobs {
  readonly #service: Service
  readonly #running = new Map<string, Job>()

  constructor(service: Service) {
    this.#service = service
  }

  get count(): number {
    return this.#running.size
  }

  /** Path of what is being done to the drive; `/` for nothing. */
  of(drive: string): string {
    for (const [path, job] of this.#running) if (job.drive === drive) return path
    return '/'
  }

  /** Who had it begun; undefined when it does not run. */
  startedBy(operation: string, drive: string): number | undefined {
    return this.#running.get(jobPath(operation, drive))?.uid
  }

  /** Begins the job, or tells how far it is. */
  tell(job: Job, phase = 'working', progress: Progress = unknown): string {
    const path = jobPath(job.operation, job.drive)
    const begun = this.#running.get(path) ?? job
    this.#running.set(path, begun)
    this.#service.put(path, jobInterface, {
      Operation: begun.operation,
      Drive: drivePath(begun.drive),
      StartedBy: begun.uid,
      StartTime: microseconds(begun.startedAt),
      Phase: phase,
      Progress: progress.progress,
      BytesLeft: progress.left ?? notKnown,
      Rate: progress.rate,
      ExpectedEnd: microseconds(progress.end),
    })
    return path
  }

  /** Ends it, if it runs: with what went wrong, or nothing. */
  end(operation: string, drive: string, problems: readonly Diagnostic[] = []): void {
    const path = jobPath(operation, drive)
    if (!this.#running.delete(path)) return
    const [first] = problems
    const error = first === undefined ? '' : errorName(first.code)
    this.#service.signal(path, jobInterface, 'Finished', [first === undefined, error, errorText(problems)])
    this.#service.drop(path)
  }
}
