// What a scenario file says, and what it is given to work with.
import type { DiscKind } from '../drive/kinds.ts'
import type { ExecOptions, Machine, Ran } from './qemu.ts'
import type { Suite } from './recipe.ts'
import type { Stand } from './stand.ts'

export interface Context {
  suite: Suite
  /** The medium this run is for; the first of the scenario's media when it names none. */
  medium: DiscKind
  guest: Machine
  stand: Stand
  /** Runs a program as root; fails the scenario when its status is not 0. */
  must(argv: string[], options?: ExecOptions): Promise<Ran>
  /** The same as the desktop user. */
  alice(argv: string[], options?: ExecOptions): Promise<Ran>
  /** Logs the desktop user in at seat0; logged out after the scenario at the latest. */
  login(): Promise<void>
  /** What must hold, and what was seen. Fails the scenario (after going on) when `ok` is false. */
  check(label: string, ok: boolean, seen: unknown): void
  /**
   * Asks until `probe` gives something other than undefined, null or false. Fails the scenario when that takes longer
   * than `timeoutMs`.
   */
  waitFor<T>(what: string, probe: () => Promise<T | undefined | null | false>, timeoutMs: number): Promise<T>
  /** Notes a duration in ms; the end report shows it. */
  time(label: string, ms: number): void
}

export interface Scenario {
  /** What must hold, as a sentence. */
  describe: string
  /** Suites it is meant for; all unless told. */
  suites?: readonly Suite[]
  /** Run once for each; once in all when absent. */
  media?: readonly DiscKind[]
  /** Needs the image with a desktop: automounters, a compositor, a notification daemon. The plain one unless told. */
  desktop?: boolean
  /** `shared`: in the suite's one machine with the product installed (default). `own`: a machine of its own. */
  boot?: 'shared' | 'own'
  /** Memory of its machine, for one with `boot: 'own'`; booted cold then. 1024 unless told. */
  memoryMiB?: number
  /** Part of `--smoke`. `true`, or the media that are. */
  smoke?: boolean | readonly DiscKind[]
  /** A measurement: run only when it is named. */
  bench?: boolean
  /** Install the product, as a package, before it: true unless told. */
  product?: boolean
  run(ctx: Context): Promise<void>
}

/** Only for the types: a scenario file's default export. */
export const scenario = (s: Scenario): Scenario => s
