// Which of polkit's actions a call needs, and what the prompt says. Pure: polkit decides, by polkit/org.pktw.policy and the rules.
import type { PolkitAction } from '../artifacts/polkit-actions.ts'

export type Verb = 'map' | 'unmap' | 'mount' | 'unmount' | 'eject' | 'prepare' | 'cancel'

export interface Situation {
  uid: number
  /** In front of which the caller sits; undefined when that is none, or not known. */
  seat: string | undefined
  driveSeat: string
  /** Users whom a mount of the disc belongs to. */
  owners: readonly number[]
  blank: boolean
  /** The caller says that what is on the disc may be lost: then something may be, whatever is known of it. */
  erase?: boolean
  /** Whoever had a preparation started that runs; undefined when that is not known. */
  startedBy: number | undefined
}

/** On their own seat and on another one. A seat that nobody knows is another one. */
const basic = {
  map: ['org.pktw.map', 'org.pktw.map-other-seat'],
  mount: ['org.pktw.mount', 'org.pktw.mount-other-seat'],
  eject: ['org.pktw.eject', 'org.pktw.eject-other-seat'],
  prepare: ['org.pktw.prepare', 'org.pktw.prepare-other-seat'],
} as const satisfies Record<string, readonly [PolkitAction, PolkitAction]>

const kindOf: Record<Verb, keyof typeof basic> = {
  map: 'map',
  unmap: 'map',
  mount: 'mount',
  unmount: 'mount',
  eject: 'eject',
  prepare: 'prepare',
  cancel: 'prepare',
}

const takesMountAway = (verb: Verb): boolean => verb === 'unmap' || verb === 'unmount' || verb === 'eject'

/** All of them have to be allowed. */
export function actionsFor(verb: Verb, situation: Situation): PolkitAction[] {
  const { uid, seat, driveSeat, owners, blank, erase = false, startedBy } = situation
  const [own, other] = basic[kindOf[verb]]
  const actions: PolkitAction[] = [seat === driveSeat ? own : other]
  if (takesMountAway(verb) && owners.some((owner) => owner !== uid))
    actions.push('org.pktw.unmount-other-user')
  if (verb === 'prepare' && (erase || !blank)) actions.push('org.pktw.erase')
  if (verb === 'cancel' && startedBy !== uid) actions.push('org.pktw.cancel-other-user')
  return actions
}

/** Who had udisks mount it: it makes a directory for each user, which nobody but root can make. Undefined for all else. */
export const mounterOf = ({ target }: { target: string }): string | undefined =>
  /^\/(?:run\/)?media\/([a-zA-Z_][\w.-]*)\/[^/]/.exec(target)?.[1]

const numbersIn = ({ superOptions }: { superOptions: readonly string[] }): number[] =>
  superOptions.flatMap((option) => {
    const uid = /^uid=([0-9]+)$/.exec(option)?.[1]
    return uid === undefined || uid === '0' ? [] : [Number(uid)]
  })

/**
 * Users whom these mounts belong to, as their options say. Not all file systems have such options: what our own units have mounted
 * is everybody's then, anything else whoever's `uidOf` finds in its path, and root's where that is nobody.
 */
export const ownersOf = <M extends { target: string; superOptions: readonly string[] }>(
  mounts: readonly M[],
  isOurs: (mount: M) => boolean,
  uidOf: (name: string) => number | undefined,
): number[] => [
  ...new Set(
    mounts.flatMap((mount) => {
      const told = numbersIn(mount)
      if (told.length > 0 || isOurs(mount)) return told
      const name = mounterOf(mount)
      return [(name === undefined ? undefined : uidOf(name)) ?? 0]
    }),
  ),
]

/** The variables of the action, for rules (`action.lookup`) and prompts. Texts in them are printable already. */
export function detailsOf(about: {
  drive: string
  name: string
  label: string
  othersFiles: boolean
  owners: readonly string[]
}): Record<string, string> {
  const { drive, name, label, othersFiles, owners } = about
  return {
    device: `/dev/${drive}`,
    label,
    'others-files': othersFiles ? 'yes' : 'no',
    // Phrases, put together into a sentence by the messages in the policy.
    disc: label === '' ? 'the disc' : `the disc “${label}”`,
    drive: name === '' ? drive : `${drive} (${name})`,
    owner: owners.join(', '),
    open: othersFiles ? ' Programs of other users have files on it open.' : '',
  }
}
