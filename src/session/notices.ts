// What is shown to the user, as values: one notification a drive, which the next one replaces.
import { diagnose } from '../diagnostics/catalogue.ts'
import { lostText } from '../disc/loss-text.ts'
import { bytesText } from '../media/quantities.ts'
import type { Loss } from '../packet/status.ts'
import { type DriveView, nameOf } from './view.ts'

export type NoticeKind =
  | 'ready'
  | 'unformatted'
  | 'writing'
  | 'preparing'
  | 'ejectable'
  | 'shut'
  | 'safe'
  | 'pulled'
  | 'lost'
  | 'journal-lost'
  | 'worn'
  | 'failed'

export interface Notice {
  kind: NoticeKind
  summary: string
  /** Plain text. */
  body: string
  icon: string
  urgency: 'low' | 'normal' | 'critical'
  /** Per cent, for servers that draw a bar. */
  progress?: number
  /** Key → what stands on the button. */
  actions?: Record<string, string>
  /** Stays beside what is shown of the drive: the next notification must not take its place before it is read. */
  apart?: true
}

const icon = 'media-optical'
const start = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

export const ready = (view: DriveView): Notice => ({
  kind: 'ready',
  summary: `${start(nameOf(view))} is ready`,
  body: `Copy files to it and delete them as on a memory stick${view.mount === undefined ? '' : `: ${view.mount.target}`}. Eject it before you take it out.`,
  icon,
  urgency: 'low',
})

export const unformatted = (view: DriveView): Notice => ({
  kind: 'unformatted',
  summary: `The disc in ${view.drive} has to be prepared`,
  body: `${view.reason?.message ?? 'It is not formatted for packet writing.'} Once prepared, it is written like a memory stick.`,
  icon,
  urgency: 'normal',
  actions: { prepare: 'Prepare' },
})

/** `left`: bytes; undefined when that is not known. `most`: bytes that were left when the wait began. */
export function writing(view: DriveView, left: number | undefined, most: number): Notice {
  if (left === undefined) return notKnown(view)
  const done = most <= 0 ? 0 : Math.round((100 * (most - left)) / most)
  return {
    kind: 'writing',
    summary: `Writing to ${nameOf(view)}`,
    body: left > 0 ? `${bytesText(left)} left. Leave the disc in.` : 'Almost done. Leave the disc in.',
    icon,
    urgency: 'normal',
    progress: Math.min(100, Math.max(0, done)),
  }
}

/** It may still be written to, and nobody says how much is left. */
const notKnown = (view: DriveView): Notice => ({
  kind: 'writing',
  summary: `Leave ${nameOf(view)} in the drive`,
  body: 'It is not known yet whether everything is on the disc.',
  icon,
  urgency: 'normal',
})

/** The kernel writes it, and has written what it knows of: the drive does the rest when it is asked to open. */
export const ejectable = (view: DriveView): Notice => ({
  kind: 'ejectable',
  summary: `${start(nameOf(view))} can be ejected`,
  body: `Press the button of the drive, or: pktw eject ${view.drive}. The tray opens when everything is on the disc.`,
  icon,
  urgency: 'normal',
})

export function preparing(view: DriveView, phase: string, perMille: number | undefined): Notice {
  const percent = perMille === undefined ? undefined : Math.round(perMille / 10)
  return {
    kind: 'preparing',
    summary: `Preparing the disc in ${view.drive}`,
    body:
      percent === undefined
        ? `${start(phase)}. Leave the disc in.`
        : `${start(phase)}: ${percent} %. Leave the disc in.`,
    icon,
    urgency: 'low',
    ...(percent === undefined ? {} : { progress: percent }),
  }
}

/** Somebody wanted the disc out, and it stays in. */
export const shut = (why: { message: string; remedy?: string }): Notice => ({
  kind: 'shut',
  ...words(why),
  icon: 'dialog-warning',
  urgency: 'critical',
})

export const safe = (view: DriveView, losses = view.engine?.losses ?? []): Notice => ({
  kind: 'safe',
  summary: `${start(nameOf(view))} can be taken out`,
  body: losses.length === 0 ? 'Everything is on the disc.' : 'Everything is on the disc but what was lost.',
  icon,
  urgency: 'normal',
})

/** Backticks are for terminals and the manual. */
const words = ({ message, remedy = '' }: { message: string; remedy?: string }) => ({
  summary: start(message),
  body: remedy.replaceAll('`', ''),
})

/** `left`: bytes; undefined when that is not known. */
export const pulled = (view: DriveView, left: number | undefined): Notice => ({
  kind: 'pulled',
  summary: `${start(nameOf(view))} was taken out too early`,
  body:
    left === undefined
      ? 'It is not known whether everything had reached it. Put the same disc back in: what is missing is written then.'
      : `${bytesText(left)} had not reached it. Nothing is lost yet: put the same disc back in, and the rest is written.`,
  icon: 'dialog-warning',
  urgency: 'critical',
})

const told = (
  code: 'doctor.worn' | 'doctor.unit-failed',
  view: DriveView,
): Pick<Notice, 'summary' | 'body'> => {
  const target = view.mount?.target ?? `/dev/pktw/${view.drive}`
  return words(diagnose(code, { drive: view.drive, target }))
}

/** `losses`: those that are new to the user; at least one. */
export function lost(view: DriveView, losses: readonly Loss[]): Notice {
  const kept = losses.findLast((loss) => loss.kept !== undefined)?.kept
  const copy = kept === undefined ? '' : ` A copy of what was to be written is in ${kept}.`
  return {
    kind: 'lost',
    summary: `Data written to ${nameOf(view)} was lost`,
    body: `The disc did not take ${lostText(losses)}.${copy} Write the files again that were copied last, to another disc. In a terminal: pktw status ${view.drive}`,
    icon: 'dialog-error',
    urgency: 'critical',
    apart: true,
  }
}

export const journalLost = (view: DriveView, why: string): Notice => ({
  kind: 'journal-lost',
  summary: `Writing to ${nameOf(view)} takes longer`,
  body: `No journal can be kept for it (${why}), so programs wait for the disc. In a terminal: pktw doctor`,
  icon: 'dialog-warning',
  urgency: 'normal',
  apart: true,
})

export const worn = (view: DriveView): Notice => ({
  kind: 'worn',
  ...told('doctor.worn', view),
  icon: 'dialog-warning',
  urgency: 'normal',
})

export const failed = (view: DriveView): Notice => ({
  kind: 'failed',
  ...told('doctor.unit-failed', view),
  icon: 'dialog-error',
  urgency: 'critical',
})
