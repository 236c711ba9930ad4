// The actions of polkit/org.pktw.policy. `active` is the user in front of the machine. $(…) are details that pktwd gives
// (src/daemon/policy.ts). None of them is kept (_keep): the next drive would be allowed with the one that was asked about.

interface Action {
  id: string
  description: string
  message: string
  any: Answer
  inactive: Answer
  active: Answer
}
type Answer = 'yes' | 'auth_self' | 'auth_admin'

/** Whoever is not in front of the machine needs an administrator's password, for everything. */
const elsewhere = { any: 'auth_admin', inactive: 'auth_admin' } as const

export const polkitActions = [
  {
    id: 'org.pktw.map',
    description: 'Make a rewritable disc writable, or end that',
    message:
      'Authentication is required to use $(disc) in $(drive) for packet writing, or to end that.$(open)',
    ...elsewhere,
    active: 'yes',
  },
  {
    id: 'org.pktw.map-other-seat',
    description: 'Make a rewritable disc in a drive of another seat writable, or end that',
    message:
      'Authentication is required to use $(disc) in $(drive) for packet writing, or to end that: the drive belongs to another seat.$(open)',
    ...elsewhere,
    active: 'auth_admin',
  },
  {
    id: 'org.pktw.mount',
    description: 'Mount or unmount a rewritable disc',
    message: 'Authentication is required to mount or unmount $(disc) in $(drive).$(open)',
    ...elsewhere,
    active: 'yes',
  },
  {
    id: 'org.pktw.mount-other-seat',
    description: 'Mount or unmount a rewritable disc in a drive of another seat',
    message:
      'Authentication is required to mount or unmount $(disc) in $(drive), which belongs to another seat.$(open)',
    ...elsewhere,
    active: 'auth_admin',
  },
  {
    id: 'org.pktw.unmount-other-user',
    description: 'Take away a rewritable disc that another user has mounted',
    message: 'Authentication is required to unmount $(disc) in $(drive), which $(owner) has mounted.$(open)',
    ...elsewhere,
    active: 'auth_admin',
  },
  {
    id: 'org.pktw.eject',
    description: 'Eject a rewritable disc',
    message: 'Authentication is required to eject $(disc) from $(drive).$(open)',
    ...elsewhere,
    active: 'yes',
  },
  {
    id: 'org.pktw.eject-other-seat',
    description: 'Eject a rewritable disc from a drive of another seat',
    message:
      'Authentication is required to eject $(disc) from $(drive), which belongs to another seat.$(open)',
    ...elsewhere,
    active: 'auth_admin',
  },
  {
    id: 'org.pktw.prepare',
    description: 'Format a blank rewritable disc',
    message: 'Authentication is required to format $(disc) in $(drive).',
    ...elsewhere,
    active: 'yes',
  },
  {
    id: 'org.pktw.prepare-other-seat',
    description: 'Format a blank rewritable disc in a drive of another seat',
    message: 'Authentication is required to format $(disc) in $(drive), which belongs to another seat.',
    ...elsewhere,
    active: 'auth_admin',
  },
  {
    id: 'org.pktw.erase',
    description: 'Erase and format a rewritable disc',
    message: 'Authentication is required to erase all that is on $(disc) in $(drive).$(open)',
    ...elsewhere,
    active: 'auth_self',
  },
  {
    id: 'org.pktw.cancel-other-user',
    description: 'End the formatting of a disc that another user has begun',
    message: 'Authentication is required to end the formatting of $(disc) in $(drive).',
    ...elsewhere,
    active: 'auth_admin',
  },
  {
    id: 'org.pktw.configure',
    description: 'Change how rewritable discs are treated',
    message: 'Authentication is required to change the settings of packet writing',
    ...elsewhere,
    active: 'auth_admin',
  },
] as const satisfies readonly Action[]

export type PolkitAction = (typeof polkitActions)[number]['id']
