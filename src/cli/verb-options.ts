// What the descriptions of several verbs share.

export const exitCodes =
  'Exit codes: 0 done, 1 it could not be done or something was found, 2 wrong usage or trouble.'

export const json = {
  type: 'boolean',
  default: false,
  describe: 'Print one JSON document for programs',
} as const

export const root = {
  type: 'string',
  requiresArg: true,
  describe: 'Work on the system unpacked in this directory instead of the running one',
} as const

export const yes = { type: 'boolean', alias: 'y', default: false, describe: 'Do not ask' } as const

export const drive = {
  type: 'string',
  describe:
    'sr0, /dev/sr0, /dev/cdrom or any link to it; left out: the only one, or the only one with a disc of pktw',
} as const
