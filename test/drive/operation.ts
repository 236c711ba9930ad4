// Something that takes the drive time: loading, formatting, blanking, closing.

/** ms each; 0 = at once. */
export interface Durations {
  format: number
  blank: number
  close: number
  load: number
  /** DVD+RW background format. */
  background: number
}

export class Operation {
  readonly kind: keyof Durations
  /** What commands are refused with meanwhile. */
  readonly sense: string
  readonly startedAt: number
  readonly endsAt: number
  readonly finish: () => void
  /** The command that started it was answered at once. */
  readonly immediate: boolean
  /** Other commands go on. */
  readonly background: boolean

  constructor(
    kind: keyof Durations,
    sense: string,
    startedAt: number,
    durationMs: number,
    finish: () => void,
    how: { immediate?: boolean; background?: boolean } = {},
  ) {
    this.kind = kind
    this.sense = sense
    this.startedAt = startedAt
    this.endsAt = startedAt + durationMs
    this.finish = finish
    this.background = how.background ?? false
    this.immediate = (how.immediate ?? false) || this.background
  }

  /** 0..1 */
  progress(now: number): number {
    return Math.min(1, Math.max(0, (now - this.startedAt) / Math.max(1, this.endsAt - this.startedAt)))
  }
}
