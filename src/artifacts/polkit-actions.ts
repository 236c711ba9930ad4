// The actions of polkit/org.pktw.policy. `active` is the user in front of the machine.

export const polkitActions = [
  {
    id: 'org.pktw.map',
    description: 'Make a rewritable disc writable, or end that',
    message: 'Authentication is required to use the disc for packet writing',
    any: 'auth_admin',
    inactive: 'auth_admin',
    active: 'yes',
  },
  {
    id: 'org.pktw.mount',
    description: 'Mount or unmount a rewritable disc',
    message: 'Authentication is required to mount or unmount the disc',
    any: 'auth_admin',
    inactive: 'auth_admin',
    active: 'yes',
  },
  {
    id: 'org.pktw.eject',
    description: 'Eject a rewritable disc',
    message: 'Authentication is required to eject the disc',
    any: 'auth_admin',
    inactive: 'auth_admin',
    active: 'yes',
  },
  {
    id: 'org.pktw.prepare',
    description: 'Format a rewritable disc, erasing it',
    message: 'Authentication is required to erase and format the disc',
    any: 'auth_admin',
    inactive: 'auth_admin',
    active: 'auth_self',
  },
  {
    id: 'org.pktw.configure',
    description: 'Change how rewritable discs are treated',
    message: 'Authentication is required to change the settings of packet writing',
    any: 'auth_admin',
    inactive: 'auth_admin',
    active: 'auth_admin',
  },
] as const
