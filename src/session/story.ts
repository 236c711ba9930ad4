// From one look at the drives to the next: what to show, what to hold, what to do. Pure; everything outside is in the edges.
import { isWorn } from '../media/endurance.ts'
import type { Loss } from '../packet/status.ts'
import type { Notice, NoticeKind } from './notices.ts'
import * as notices from './notices.ts'
import type { DriveView } from './view.ts'

export type Action =
  | { do: 'show'; drive: string; notice: Notice }
  | { do: 'close'; drive: string }
  /** The same; `losses` are known to the user when it is shown. */
  | { do: 'tell losses'; drive: string; notice: Notice; losses: readonly Loss[] }
  /** The desktop has unmounted the disc: give it back. */
  | { do: 'eject'; drive: string }

/** What is remembered of a drive and the disc that was in it. */
interface Past {
  diskseq: string
  /** The view in which the disc was last mapped. */
  mapped?: DriveView
  /** It was mounted by the desktop, and not by a unit of ours. */
  byDesktop: boolean
  /** Somebody waits for the disc: it is being let go. */
  leaving: boolean
  /** pktw-eject@ was at work for it. */
  ejected: boolean
  /** Bytes that were left when that began, or the most since. */
  most: number
  /** Told once a disc. */
  told: Set<NoticeKind>
  /** What is shown now, and when it is shown again. */
  shown?: Notice
}

const fresh = (diskseq: string): Past => ({
  diskseq,
  byDesktop: false,
  leaving: false,
  ejected: false,
  most: 0,
  told: new Set(),
})

/** States in which preparing the disc takes nothing from anybody. */
const empty = ['blank', 'unformatted']

/** A change of less than this is not shown. */
const sameNotice = (a: Notice | undefined, b: Notice): boolean =>
  a !== undefined &&
  a.kind === b.kind &&
  a.body === b.body &&
  a.progress === b.progress &&
  a.summary === b.summary

export class Story {
  readonly #ejectsAfterUnmount: boolean
  readonly #isTold: (loss: Loss) => boolean
  readonly #past = new Map<string, Past>()

  /** `isTold`: the user knows of this loss. */
  constructor(options: { ejectsAfterUnmount: boolean; isTold?: (loss: Loss) => boolean }) {
    this.#ejectsAfterUnmount = options.ejectsAfterUnmount
    this.#isTold = options.isTold ?? (() => false)
  }

  /** The drives as they are now; those that are not there any more are forgotten. */
  look(views: readonly DriveView[]): Action[] {
    for (const drive of this.#past.keys())
      if (!views.some((view) => view.drive === drive)) this.#past.delete(drive)
    return views.flatMap((view) => this.#lookAt(view))
  }

  /** The user has closed the notification: it does not come back for being counted on. */
  closed(drive: string): void {
    const past = this.#past.get(drive)
    if (past?.shown !== undefined) past.told.add(past.shown.kind)
  }

  #lookAt(view: DriveView): Action[] {
    const first = !this.#past.has(view.drive)
    const past = this.#past.get(view.drive) ?? fresh(view.diskseq)
    this.#past.set(view.drive, past)
    const actions = [...this.#end(view, past)]
    if (past.diskseq !== view.diskseq && view.device === undefined && past.mapped === undefined) {
      const { shown } = past
      this.#past.set(view.drive, { ...fresh(view.diskseq), ...(shown === undefined ? {} : { shown }) })
      return [...actions, ...this.#now(view, this.#past.get(view.drive) as Past, false)]
    }
    return [...actions, ...this.#now(view, past, first)]
  }

  /** The disc was mapped at the last look and is not any more, or another one is. */
  *#end(view: DriveView, past: Past): Iterable<Action> {
    const { mapped } = past
    if (mapped === undefined) return
    const end = endOf(view, { ...past, mapped })
    if (end === 'not yet') return
    const gone = { ...view, ...namesOf(mapped) }
    delete past.mapped
    if (end === 'failed') yield* this.#show(view, past, notices.failed(view))
    else if (end === 'safe') yield* this.#show(view, past, notices.safe(gone, mapped.engine?.losses))
    else if (end === 'pulled') yield* this.#show(view, past, notices.pulled(gone, mapped.engine?.dirtyBytes))
    past.leaving = false
    past.ejected = false
    past.most = 0
    past.byDesktop = false
    past.told.clear()
  }

  *#now(view: DriveView, past: Past, first: boolean): Iterable<Action> {
    if (view.preparing !== undefined) {
      const { phase, perMille } = view.preparing
      past.byDesktop = false
      yield* this.#show(view, past, notices.preparing(view, phase, perMille))
      return
    }
    if (past.shown?.kind === 'preparing') yield* this.#close(view, past)
    if (view.device === undefined) {
      if (!view.present && past.shown?.kind === 'unformatted') yield* this.#close(view, past)
      if (view.present && empty.includes(view.state ?? ''))
        yield* this.#once(view, past, notices.unformatted(view))
      return
    }
    past.mapped = view
    past.diskseq = view.diskseq
    yield* this.#served(view, past, first)
  }

  *#served(view: DriveView, past: Past, first: boolean): Iterable<Action> {
    yield* this.#troubles(view, past)
    const left = view.engine?.dirtyBytes
    const stopping = view.ejecting || view.unit === 'deactivating'
    if (stopping) {
      past.told.delete('shut')
      // What is unmounted now is unmounted for whoever wants the disc out.
      past.byDesktop = false
    }
    if (view.mount !== undefined && !stopping) {
      past.byDesktop = !view.mount.byUnit
      past.leaving = false
      past.ejected = false
      past.most = 0
      if (past.shown?.kind === 'writing') yield* this.#close(view, past)
      // A session that begins with a disc in the drive has nothing new to tell.
      if (first) past.told.add('ready')
      yield* this.#once(view, past, notices.ready(view))
      const { medium = '', engine } = view
      if (engine !== undefined && isWorn(medium, engine.hottest, engine.badBlocks))
        yield* this.#once(view, past, notices.worn(view))
      return
    }
    const unmountedByDesktop = view.mount === undefined && past.byDesktop
    if (unmountedByDesktop && !stopping) {
      past.byDesktop = false
      if (this.#ejectsAfterUnmount && !view.stays && view.unit === 'active')
        yield { do: 'eject', drive: view.drive }
    }
    if (!stopping && !unmountedByDesktop && view.shut !== undefined) {
      yield* this.#once(view, past, notices.shut(view.shut))
      return
    }
    if (!stopping && !unmountedByDesktop && !past.leaving) return
    past.leaving = true
    past.ejected ||= view.ejecting
    past.most = Math.max(past.most, left ?? 0)
    const byKernel = view.engine !== undefined && left === undefined
    if (stopping || (left !== 0 && !byKernel))
      yield* this.#show(view, past, notices.writing(view, left, past.most))
    else if (!this.#ejectsAfterUnmount)
      yield* this.#show(view, past, byKernel ? notices.ejectable(view) : notices.safe(view))
  }

  /** What has to be heard of at once, whatever else goes on. */
  *#troubles(view: DriveView, past: Past): Iterable<Action> {
    const { drive, engine } = view
    const losses = (engine?.losses ?? []).filter((loss) => !this.#isTold(loss))
    if (losses.length > 0) yield { do: 'tell losses', drive, notice: notices.lost(view, losses), losses }
    const why = engine?.journalLost
    if (why === undefined || past.told.has('journal-lost')) return
    past.told.add('journal-lost')
    yield { do: 'show', drive, notice: notices.journalLost(view, why) }
  }

  *#once(view: DriveView, past: Past, notice: Notice): Iterable<Action> {
    if (past.told.has(notice.kind)) return
    past.told.add(notice.kind)
    yield* this.#show(view, past, notice)
  }

  *#show({ drive }: DriveView, past: Past, notice: Notice): Iterable<Action> {
    if (sameNotice(past.shown, notice)) return
    const counted = notice.kind === 'writing' || notice.kind === 'preparing'
    if (counted && past.told.has(notice.kind)) return
    past.shown = notice
    yield { do: 'show', drive, notice }
  }

  *#close({ drive }: DriveView, past: Past): Iterable<Action> {
    delete past.shown
    yield { do: 'close', drive }
  }
}

/**
 * What became of a disc that was mapped at an earlier look. That everything is on it is known when its service ended well and it is still
 * in, when pktw-eject@ did not fail, or when nothing was left while it was being let go; never because nobody said anything.
 */
function endOf(
  view: DriveView,
  past: Pick<Past, 'leaving' | 'ejected'> & { mapped: DriveView },
): 'not yet' | 'failed' | 'safe' | 'pulled' | 'nothing to tell' {
  const { mapped, leaving, ejected } = past
  const sameDisc = view.diskseq === mapped.diskseq
  if (view.device !== undefined && sameDisc) return 'not yet'
  const left = mapped.engine?.dirtyBytes
  if (view.device === undefined) {
    // Its service may go on for a moment, or start again after a crash.
    if (view.unit !== 'inactive' && view.unit !== 'failed') return 'not yet'
    if (view.result !== 'success' || view.unit === 'failed') return 'failed'
    if (sameDisc) return 'safe'
    if (leaving && left !== 0 && view.ejecting) return 'not yet'
  }
  if (leaving && (left === 0 || (ejected && view.ejectFailed === undefined))) return 'safe'
  // The kernel does not say what it had still to write.
  if (left === 0 || (mapped.engine !== undefined && left === undefined)) return 'nothing to tell'
  return 'pulled'
}

/** A disc that is gone is still called what it was called. */
const namesOf = ({ label, medium }: DriveView): Partial<DriveView> => ({
  ...(label === undefined ? {} : { label }),
  ...(medium === undefined ? {} : { medium }),
})
